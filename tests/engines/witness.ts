import { CounterReader, type Observation } from './counter-reader.js';
import type { WitnessMessage } from './witness.worker.js';

/** Reads the pictures that a track delivers, independently of the package. */
export interface Witness {
  /** Whether it reads every frame, from its own processor, or those that a `<video>` presents, which may drop some. */
  readonly sees: 'frames' | 'presented';
  /** Its observations so far, in order. */
  observations(): Promise<Observation[]>;
}

/** Observes a track from now on, as completely as the engine allows. */
export async function observe(track: MediaStreamTrack): Promise<Witness> {
  const copy = track.clone();
  if (typeof MediaStreamTrackProcessor === 'undefined') {
    const worker = new WitnessWorker();
    if (await worker.take({ track: copy })) return worker;
    return new VideoWitness(copy);
  }
  const { readable } = new MediaStreamTrackProcessor({ track: copy as MediaStreamVideoTrack, maxBufferSize: 300 });
  const worker = new WitnessWorker();
  await worker.take({ frames: readable });
  return worker;
}

class WitnessWorker implements Witness {
  readonly sees = 'frames';
  readonly #worker = new Worker(new URL('./witness.worker.ts', import.meta.url), { type: 'module' });

  /** Transfers a source to the worker; whether it can be transferred and read there. */
  async take(message: WitnessMessage & object): Promise<boolean> {
    const answer = this.#answer<boolean>();
    try {
      this.#worker.postMessage(message, Object.values(message));
    } catch {
      return false;
    }
    return answer;
  }

  observations(): Promise<Observation[]> {
    const answer = this.#answer<Observation[]>();
    this.#worker.postMessage('report' satisfies WitnessMessage);
    return answer;
  }

  #answer<T>(): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#worker.addEventListener('message', ({ data }) => resolve(data), { once: true });
      this.#worker.onerror = ({ message }) => reject(new Error(`the witness: ${message}`));
    });
  }
}

class VideoWitness implements Witness {
  readonly sees = 'presented';
  readonly #observations: Observation[] = [];

  constructor(track: MediaStreamTrack) {
    const video = document.createElement('video');
    const reader = new CounterReader();
    const sample = () => {
      this.#observations.push(reader.read(video));
      video.requestVideoFrameCallback(sample);
    };
    video.requestVideoFrameCallback(sample);
    video.muted = true;
    video.srcObject = new MediaStream([track]);
    void video.play();
  }

  async observations(): Promise<Observation[]> {
    return this.#observations;
  }
}
