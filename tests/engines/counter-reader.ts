import { readCounter } from '../../www/loopback/counter.js';

/** An observed picture. */
export interface Observation {
  /** Its frame counter; null where it can't be read. */
  counter: number | null;
  /** When it was observed, on the observer's clock, in seconds. */
  time: number;
}

/** Reads the frame counter of pictures, whatever their format: painted small, since the counter is large. */
export class CounterReader {
  readonly #ctx = new OffscreenCanvas(160, 90).getContext('2d', { alpha: false, willReadFrequently: true })!;

  read(picture: CanvasImageSource): Observation {
    const time = performance.now() / 1000;
    const { width, height } = this.#ctx.canvas;
    this.#ctx.drawImage(picture, 0, 0, width, height);
    const { data } = this.#ctx.getImageData(0, 0, width, height);
    const green = new Uint8Array(width * height).map((_, i) => data[4 * i + 1]!);
    return { counter: readCounter(green, width, width, height), time };
  }
}
