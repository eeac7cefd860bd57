/** How pixels are laid out, as openh264/src/frame.h numbers it. What an alpha would say is not looked at. */
export const LAYOUTS = { I420: 0, NV12: 1, RGBA: 2, RGBX: 2, BGRA: 3, BGRX: 3 } as const;

/** The name of a layout: https://www.w3.org/TR/webcodecs/#pixel-format */
export type Layout = keyof typeof LAYOUTS;

/** What the module exports: openh264/src/encoder.cpp. */
interface Exports {
  memory: WebAssembly.Memory;
  _initialize(): void;
  configure(
    width: number,
    height: number,
    fps: number,
    bitrate: number,
    primaries: number,
    transfer: number,
    matrix: number,
    fullRange: boolean,
    mayLeaveOut: boolean,
  ): number;
  input(layout: number, width: number, height: number): number;
  encode(timestamp: number, key: boolean): number;
  output(): number;
  output_length(): number;
  description(): number;
  description_length(): number;
  reason(): number;
}

const [KEY, DELTA, LEFT_OUT] = [2, 1, 0];

/** The code points of ITU-T H.273 that H.264 writes; 2 is "unspecified". */
const PRIMARIES: Record<string, number> = { bt709: 1, bt470bg: 5, smpte170m: 6, bt2020: 9, smpte432: 12 };
const TRANSFERS: Record<string, number> = {
  bt709: 1,
  smpte170m: 6,
  linear: 8,
  'iec61966-2-1': 13,
  pq: 16,
  hlg: 18,
};
const MATRICES: Record<string, number> = { rgb: 0, bt709: 1, bt470bg: 5, smpte170m: 6, 'bt2020-ncl': 9 };

/** What pictures are encoded to. */
export interface Settings {
  width: number;
  height: number;
  /** Frames per second, as far as is known. */
  framerate: number;
  /** Bits per second. */
  bitrate: number;
  /** Whether frames may be dropped to hold the bitrate. */
  mayLeaveOut: boolean;
  colour: VideoColorSpaceInit;
}

/** One encoder: an instance of the module with a memory of its own, which goes when this goes. */
export class Module {
  readonly #exports: Exports;

  constructor(compiled: WebAssembly.Module) {
    this.#exports = new WebAssembly.Instance(compiled).exports as unknown as Exports;
    this.#exports._initialize();
  }

  /**
   * Sets it up again; the next frame will be a key frame.
   *
   * @throws Error with OpenH264's reason
   */
  configure({ width, height, framerate, bitrate, mayLeaveOut, colour }: Settings): void {
    const code = (points: Record<string, number>, name: string | null | undefined) => points[name ?? ''] ?? 2;
    const failed = this.#exports.configure(
      width,
      height,
      framerate,
      bitrate,
      code(PRIMARIES, colour.primaries),
      code(TRANSFERS, colour.transfer),
      code(MATRICES, colour.matrix),
      colour.fullRange ?? false,
      mayLeaveOut,
    );
    if (failed) throw new Error(this.#reason());
  }

  /**
   * From where the next picture's {@link planes} are to be written; valid until the next call of this module. It may be of
   * another size, even as well, than what is encoded.
   */
  room(layout: Layout, width: number, height: number): Uint8Array<ArrayBuffer> {
    const at = this.#exports.input(LAYOUTS[layout], width, height);
    if (!at) throw new Error(`there is no room for a picture of ${width}×${height}`);
    return new Uint8Array(this.#exports.memory.buffer, at);
  }

  /**
   * Encodes what was written there, for a time in microseconds. Gives nothing if the rate control leaves it out.
   *
   * @throws Error with OpenH264's reason
   */
  encode(timestamp: number, key: boolean): { key: boolean; data: ArrayBuffer } | undefined {
    const outcome = this.#exports.encode(timestamp, key);
    if (outcome === LEFT_OUT) return undefined;
    if (outcome !== KEY && outcome !== DELTA) throw new Error(this.#reason());
    return { key: outcome === KEY, data: this.#copy(this.#exports.output(), this.#exports.output_length()) };
  }

  /** What decodes it: an avcC record (ISO/IEC 14496-15 § 5.3.3.1). */
  description(): ArrayBuffer {
    return this.#copy(this.#exports.description(), this.#exports.description_length());
  }

  /** How many bytes it holds, which never become fewer. */
  get memory(): number {
    return this.#exports.memory.buffer.byteLength;
  }

  #copy(at: number, length: number): ArrayBuffer {
    return this.#exports.memory.buffer.slice(at, at + length);
  }

  #reason(): string {
    const bytes = new Uint8Array(this.#exports.memory.buffer, this.#exports.reason());
    return new TextDecoder().decode(bytes.slice(0, bytes.indexOf(0)));
  }
}

/** Where each plane of a picture of this size lies, close together. */
export function planes(layout: Layout, width: number, height: number): PlaneLayout[] {
  const [luma, stride] = [width * height, width / 2];
  if (layout === 'I420') {
    return [
      { offset: 0, stride: width },
      { offset: luma, stride },
      { offset: luma * 1.25, stride },
    ];
  }
  if (layout === 'NV12') {
    return [
      { offset: 0, stride: width },
      { offset: luma, stride: width },
    ];
  }
  return [{ offset: 0, stride: 4 * width }];
}

/** The codec as RFC 6381 writes it, from an avcC record: profile, constraints and level. */
export function codecOf(description: ArrayBuffer): string {
  const bytes = [...new Uint8Array(description, 1, 3)];
  return `avc1.${bytes.map((byte) => byte.toString(16).padStart(2, '0')).join('')}`;
}
