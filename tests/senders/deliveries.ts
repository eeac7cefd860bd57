import type { Delivered } from './plan.js';

/** Chromium held back a frame for 2.4 seconds at most in measurements, after a silence of the sender. */
const PATIENCE_MS = 4000;

/** The frames of a track as they are delivered, past the page's thread. */
export class Deliveries {
  readonly #worker = new Worker(new URL('./delivered.worker.ts', import.meta.url), { type: 'module' });
  readonly #track: MediaStreamVideoTrack;
  readonly #all: Promise<DeliveredTrack>;
  #last: number | undefined;
  #changed: (() => void) | undefined;

  /** Takes the track over. */
  constructor(track: MediaStreamTrack) {
    this.#track = track as MediaStreamVideoTrack;
    const { readable } = new MediaStreamTrackProcessor({ track: this.#track, maxBufferSize: 60 });
    this.#all = new Promise((resolve, reject) => {
      this.#worker.onmessage = ({ data }: MessageEvent<number | DeliveredTrack>) => {
        if (typeof data !== 'number') return resolve(data);
        this.#last = data;
        this.#changed?.();
      };
      this.#worker.onerror = ({ message }) => reject(new Error(message));
    });
    this.#worker.postMessage(readable, [readable]);
  }

  /** Resolves when the frame with this RTP timestamp has been delivered, or the first one; or when nothing comes for long. */
  async arrived(rtp?: number): Promise<void> {
    while (this.#last === undefined || (rtp !== undefined && this.#last !== rtp)) {
      let timer: ReturnType<typeof setTimeout>;
      const comes = await new Promise<boolean>((resolve) => {
        this.#changed = () => resolve(true);
        timer = setTimeout(() => resolve(false), PATIENCE_MS);
      });
      clearTimeout(timer!);
      if (!comes) return;
    }
  }

  /** Ends the track, and returns what it delivered. */
  async finish(): Promise<DeliveredTrack> {
    this.#track.stop();
    const all = await this.#all;
    this.#worker.terminate();
    return all;
  }
}

/** What a track delivered, and the metadata of its first frame. */
export interface DeliveredTrack {
  delivered: Delivered[];
  metadata: Record<string, unknown>;
}
