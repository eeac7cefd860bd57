import { LAYOUTS, Module, codecOf, planes, type Layout, type Settings } from './module.js';
import type { Encoded as EncodedOf } from '../stand-in/messages.js';

type Encoded = EncodedOf<'openH264'>;

/** What RGB is converted to. */
const BT709: VideoColorSpaceInit = { primaries: 'bt709', transfer: 'bt709', matrix: 'bt709', fullRange: false };

/** What is expected of a track whose rate is unknown. */
const FRAMERATE = 30;

/** The work of one encoder: its frames in, one after the other, and what they are encoded to. */
export class Work {
  readonly #module: Module;
  #settings: Settings | undefined;
  /** Whether the decoder needs a description of what comes next. */
  #isNew = true;
  /** For pictures of an odd size, or a layout that is none of those. */
  #canvas: OffscreenCanvasRenderingContext2D | undefined;

  constructor(compiled: WebAssembly.Module) {
    this.#module = new Module(compiled);
  }

  /** @throws DOMException `NotSupportedError` with OpenH264's reason */
  configure(config: VideoEncoderConfig): void {
    const { width, height, framerate = FRAMERATE, bitrate = width * height * 3 } = config;
    this.#canvas = undefined;
    this.#set({ width, height, framerate, bitrate, mayLeaveOut: config.latencyMode === 'realtime', colour: BT709 });
  }

  /** @throws DOMException `EncodingError` with OpenH264's reason, or whatever the frame throws */
  async encode(frame: VideoFrame, key: boolean): Promise<Encoded | undefined> {
    const { timestamp, duration } = frame;
    const colour = await this.#take(frame);
    const settings = this.#settings!;
    let encoded;
    try {
      encoded = this.#module.encode(timestamp, key);
    } catch (error) {
      // A trap is no failure of OpenH264's to tell, and its instance is of no use any more.
      if (error instanceof WebAssembly.RuntimeError) throw error;
      throw new DOMException((error as Error).message, 'EncodingError');
    }
    if (!encoded) return undefined;
    const chunk = {
      type: encoded.key ? ('key' as const) : ('delta' as const),
      timestamp,
      ...(duration === null ? {} : { duration }),
      data: encoded.data,
      transfer: [encoded.data],
    };
    if (!this.#isNew) return { chunk, config: undefined };
    this.#isNew = false;
    const description = this.#module.description();
    const { width: codedWidth, height: codedHeight } = settings;
    const config = { codec: codecOf(description), codedWidth, codedHeight, description, colorSpace: colour };
    return { chunk, config };
  }

  /** Writes the frame's pixels into the module's memory, as they are if they can be; gives what colours they have there. */
  async #take(frame: VideoFrame): Promise<VideoColorSpaceInit> {
    const { format, visibleRect } = frame;
    // Chroma that begins or ends within a sample can't be copied: https://www.w3.org/TR/webcodecs/#videoframe-algorithms
    const isEven = (rect: DOMRectReadOnly) => [rect.x, rect.y, rect.width, rect.height].every((at) => at % 2 === 0);
    if (!visibleRect || !isEven(visibleRect) || !format || !(format in LAYOUTS)) {
      const { width, height } = this.#settings!;
      this.#colour(BT709);
      this.#module.room('RGBA', width, height).set(this.#paint(frame, width, height));
      return BT709;
    }
    const layout = format as Layout;
    const isRgb = layout !== 'I420' && layout !== 'NV12';
    const colour = isRgb ? BT709 : frame.colorSpace.toJSON();
    this.#colour(colour);
    const { width, height } = visibleRect;
    await frame.copyTo(this.#module.room(layout, width, height), { layout: planes(layout, width, height) });
    return colour;
  }

  #paint(frame: VideoFrame, width: number, height: number): Uint8ClampedArray {
    this.#canvas ??= new OffscreenCanvas(width, height).getContext('2d', { alpha: false, willReadFrequently: true })!;
    this.#canvas.drawImage(frame, 0, 0, width, height);
    return this.#canvas.getImageData(0, 0, width, height).data;
  }

  /** The colours are part of what decodes it, so that others need a key frame. */
  #colour(colour: VideoColorSpaceInit): void {
    const settings = this.#settings!;
    const { primaries, transfer, matrix, fullRange } = settings.colour;
    const isSame =
      primaries === colour.primaries &&
      transfer === colour.transfer &&
      matrix === colour.matrix &&
      (fullRange ?? false) === (colour.fullRange ?? false);
    if (!isSame) this.#set({ ...settings, colour });
  }

  #set(settings: Settings): void {
    this.#settings = settings;
    this.#isNew = true;
    try {
      this.#module.configure(settings);
    } catch (error) {
      if (error instanceof WebAssembly.RuntimeError) throw error;
      throw new DOMException((error as Error).message, 'NotSupportedError');
    }
  }
}
