/** The samples of each channel in one access unit. */
export const FRAME = 1024;

/** What the module exports: aac/src/encoder.c. */
interface Exports {
  memory: WebAssembly.Memory;
  _initialize(): void;
  create(sampleRate: number, channels: number, bitrate: number): number;
  input(channel: number): number;
  encode(): number;
  output(): number;
  description(): number;
  priming(): number;
}

/** What the module answers to a setting that it does not take. */
const REFUSALS = new Map([
  [-2, 'the sample rate is none of AAC'],
  [-3, 'there must be one or two channels'],
  [-4, 'the bitrate is too low or too high for this sample rate and these channels'],
]);

/** What a stream is encoded to. */
export interface Settings {
  /** Samples a second and channel. */
  sampleRate: number;
  channels: number;
  /** Bits per second. */
  bitrate: number;
}

/** One encoder: an instance of the module with a memory of its own, which goes when this goes. */
export class Module {
  readonly #exports: Exports;

  constructor(compiled: WebAssembly.Module) {
    this.#exports = new WebAssembly.Instance(compiled).exports as unknown as Exports;
    this.#exports._initialize();
  }

  /**
   * Begins a stream. Gives why not where a setting is not supported.
   *
   * @throws Error if the encoder fails
   */
  create({ sampleRate, channels, bitrate }: Settings): string | undefined {
    const outcome = this.#exports.create(sampleRate, channels, bitrate);
    if (outcome < 0 && !REFUSALS.has(outcome)) throw new Error(`the AAC encoder can't be set up: ${outcome}`);
    return REFUSALS.get(outcome);
  }

  /** Where the next {@link FRAME} samples of a channel are to be written. The module's memory never grows, so it is valid until the next stream begins. */
  room(channel: number): Float32Array<ArrayBuffer> {
    return new Float32Array(this.#exports.memory.buffer, this.#exports.input(channel), FRAME);
  }

  /**
   * Encodes what was written there to an access unit.
   *
   * @throws Error if the encoder fails
   */
  encode(): Uint8Array<ArrayBuffer> {
    const length = this.#exports.encode();
    if (length < 0) throw new Error(`the AAC encoder failed: ${length}`);
    return this.#copy(this.#exports.output(), length);
  }

  /** What decodes it: an AudioSpecificConfig (ISO/IEC 14496-3 § 1.6.2.1). */
  description(): Uint8Array<ArrayBuffer> {
    return this.#copy(this.#exports.description(), 2);
  }

  /** How many samples a decoder gives before the first that was put in. */
  get priming(): number {
    return this.#exports.priming();
  }

  /** How many bytes it holds. */
  get memory(): number {
    return this.#exports.memory.buffer.byteLength;
  }

  #copy(at: number, length: number): Uint8Array<ArrayBuffer> {
    return new Uint8Array(this.#exports.memory.buffer, at, length).slice();
  }
}
