import { FRAME, type Module, type Settings } from './module.js';

/** Sound to encode: a plane of samples for each channel, all of the same length, and when the first is heard, in microseconds. */
export interface Samples {
  planes: readonly Float32Array[];
  timestamp: number;
}

/** An access unit, and when its first decoded sample is heard, in microseconds. */
export interface AacChunk {
  data: Uint8Array<ArrayBuffer>;
  timestamp: number;
  duration: number;
}

/**
 * One run of sound through the module. Its samples follow each other without a hole: only the first timestamp counts.
 *
 * The first chunks are heard before that timestamp, by {@link Module.priming} samples: what a decoder gives there is to be cut off.
 */
export class Stream {
  readonly #module: Module;
  readonly #rate: number;
  readonly #rooms: Float32Array[];
  readonly #start: number;
  /** Samples in the module that no chunk has yet. */
  #filled = 0;
  #chunks = 0;
  #samples = 0;

  constructor(module: Module, { sampleRate, channels }: Settings, start: number) {
    this.#module = module;
    this.#rate = sampleRate;
    this.#rooms = Array.from({ length: channels }, (_, channel) => module.room(channel));
    this.#start = start;
  }

  /** The chunks that these samples complete. */
  *encode(planes: readonly Float32Array[]): Generator<AacChunk> {
    const length = planes[0]!.length;
    this.#samples += length;
    for (let at = 0; at < length;) {
      const count = Math.min(FRAME - this.#filled, length - at);
      for (const [channel, room] of this.#rooms.entries()) {
        room.set(planes[channel]!.subarray(at, at + count), this.#filled);
      }
      at += count;
      this.#filled += count;
      if (this.#filled === FRAME) yield this.#chunk();
    }
  }

  /** The chunks of what is left; the last is filled up with silence. */
  *finish(): Generator<AacChunk> {
    const wanted = Math.ceil((this.#samples + this.#module.priming) / FRAME);
    while (this.#chunks < wanted) {
      for (const room of this.#rooms) room.fill(0, this.#filled);
      yield this.#chunk();
    }
  }

  #chunk(): AacChunk {
    const [timestamp, end] = [this.#timeOf(this.#chunks), this.#timeOf(this.#chunks + 1)];
    this.#filled = 0;
    this.#chunks++;
    return { data: this.#module.encode(), timestamp, duration: end - timestamp };
  }

  #timeOf(chunk: number): number {
    const samples = chunk * FRAME - this.#module.priming;
    return this.#start + Math.round((samples * 1e6) / this.#rate);
  }
}
