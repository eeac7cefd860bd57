import type { SenderOffsets } from './beeper.js';
import type { Scenario } from './scenario.js';

/** A stream with a flash and a beep a second. */
export class Sender {
  readonly stream: MediaStream;
  readonly #pictures = new MediaStreamTrackGenerator({ kind: 'video' });
  readonly #sound = new MediaStreamTrackGenerator({ kind: 'audio' });

  constructor() {
    // Chromium takes a generated track for a shared screen, which is sent at another rate.
    this.#pictures.contentHint = 'motion';
    this.stream = new MediaStream([this.#pictures, this.#sound]);
  }

  /** Sends a scenario; resolves at its end. */
  async send(scenario: Scenario, start: number, end: number): Promise<SenderOffsets> {
    const worker = new Worker(new URL('./beeper.worker.ts', import.meta.url), { type: 'module' });
    const tracks = { pictures: this.#pictures.writable, sound: this.#sound.writable };
    const sent = new Promise<SenderOffsets>((resolve, reject) => {
      worker.onmessage = ({ data }) => resolve(data);
      worker.onerror = ({ message }) => reject(new Error(message));
    });
    worker.postMessage({ tracks, scenario, start, end }, Object.values(tracks));
    return sent.finally(() => worker.terminate());
  }
}
