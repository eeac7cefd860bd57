/** A block of sound, from an audio context's thread to the worker, described as an `AudioData` is. */
export interface SoundBlock {
  /** The samples of each channel. */
  planes: Float32Array<ArrayBuffer>[];
  numberOfChannels: number;
  numberOfFrames: number;
  /** Samples a second. */
  sampleRate: number;
  /** When it began, in microseconds of a clock of its own. */
  timestamp: number;
}

/** @see https://www.w3.org/TR/webaudio/#AudioWorkletGlobalScope */
declare const currentFrame: number;
declare const sampleRate: number;
declare function registerProcessor(name: string, processor: new () => AudioWorkletProcessor): void;
declare class AudioWorkletProcessor {
  readonly port: MessagePort;
}

/** How many samples a block has: about 20 ms, so that a worker wakes 50 times a second. A context gives 128 at a time. */
const BLOCK = 1024;
/** A context that takes longer than this between two calls, in seconds, was suspended, unless it makes up for that. */
const SUSPENDED_S = 0.2;
/** For how long it may make up for that, in seconds. */
const MAKING_UP_S = 0.2;

registerProcessor(
  'trackreel-sound',
  class extends AudioWorkletProcessor {
    /** Where blocks go; none before it has come. */
    #worker: MessagePort | undefined;
    #isOver = false;
    #planes: Float32Array<ArrayBuffer>[] = [];
    /** How many samples of the planes are filled. */
    #filled = 0;
    /** When the block began, in samples of the context. */
    #began = 0;
    /** When the context gave samples last, in seconds since 1970 and on its own clock, which stops while it is suspended. */
    #last: [wall: number, own: number] | undefined;
    /** For how long it was suspended in all, in seconds. */
    #suspended = 0;
    /** A long time between two calls: since when, on the wall, and by how much the context is late for it now, and was at least. */
    #stall: { since: number; late: number; least: number } | undefined;
    /** Blocks that wait until it is known whether the context makes up for a stall. */
    #waiting: SoundBlock[] = [];

    constructor() {
      super();
      this.port.onmessage = ({ data }: MessageEvent<MessagePort>) => {
        this.#worker = data;
        data.onmessage = () => (this.#isOver = true);
      };
    }

    process([input]: Float32Array[][]): boolean {
      this.#noteTime();
      // Without a source it has no channels for a while: that is silence.
      const channels = input!.length || this.#planes.length || 1;
      const length = input![0]?.length ?? 128;
      if (channels !== this.#planes.length || this.#filled + length > BLOCK) this.#send(channels);
      if (this.#filled === 0) this.#began = currentFrame;
      input!.forEach((samples, n) => this.#planes[n]!.set(samples, this.#filled));
      this.#filled += length;
      return !this.#isOver;
    }

    /** Finds out whether the context was suspended, and for how long. */
    #noteTime(): void {
      const [wall, own] = [Date.now() / 1000, currentFrame / sampleRate];
      const late = this.#last ? wall - this.#last[0] - (own - this.#last[1]) : 0;
      this.#last = [wall, own];
      if (late > SUSPENDED_S) {
        if (this.#stall) this.#endStall();
        this.#send(this.#planes.length);
        this.#stall = { since: wall, late, least: late };
      } else if (this.#stall) {
        this.#stall.late += late;
        this.#stall.least = Math.min(this.#stall.least, this.#stall.late);
        if (wall - this.#stall.since > MAKING_UP_S) this.#endStall();
      }
    }

    /** A context that was suspended stays late: what was heard meanwhile is lost. */
    #endStall(): void {
      const { least } = this.#stall!;
      this.#send(this.#planes.length);
      this.#stall = undefined;
      const lost = least > SUSPENDED_S ? least : 0;
      this.#suspended += lost;
      for (const block of this.#waiting.splice(0)) this.#post({ ...block, timestamp: block.timestamp + lost * 1e6 });
    }

    /** Sends what there is, and begins another block. */
    #send(channels: number): void {
      if (this.#filled > 0) {
        const planes = this.#planes.map((plane) => plane.slice(0, this.#filled));
        const timestamp = (this.#began / sampleRate + this.#suspended) * 1e6;
        const described = { numberOfChannels: planes.length, numberOfFrames: this.#filled, sampleRate, timestamp };
        this.#post({ planes, ...described });
      }
      this.#planes = Array.from({ length: channels }, () => new Float32Array(BLOCK));
      this.#filled = 0;
    }

    #post(block: SoundBlock): void {
      if (this.#stall) this.#waiting.push(block);
      else
        this.#worker?.postMessage(
          block,
          block.planes.map(({ buffer }) => buffer),
        );
    }
  },
);
