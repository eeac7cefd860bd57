import { readCounter } from '../../www/loopback/counter.js';

/** Reads the frame counter of pictures, whatever their format: painted small, since the counter is large. */
export class Sight {
  readonly #ctx = new OffscreenCanvas(160, 90).getContext('2d', { alpha: false, willReadFrequently: true })!;

  /** The counter; null where it can't be read. */
  read(picture: CanvasImageSource): number | null {
    const { width, height } = this.#ctx.canvas;
    this.#ctx.drawImage(picture, 0, 0, width, height);
    const { data } = this.#ctx.getImageData(0, 0, width, height);
    const green = new Uint8Array(width * height).map((_, i) => data[4 * i + 1]!);
    return readCounter(green, width, width, height);
  }
}
