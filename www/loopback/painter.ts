import { Scene, type SceneContext } from './scene.js';

/** Paints one frame after the other at an even pace, and hands each over. While frozen it hands over the same picture again. */
export class Painter {
  /** Whether the picture is static. */
  frozen = false;
  readonly #scene: Scene;
  readonly #interval: number;
  readonly #onFrame: (timestampUs: number) => void;
  readonly #ready: () => boolean;
  readonly #fps: number;
  /** Gets each second of the scene's clock when it is painted. */
  onSecond: (second: number) => void = () => {};
  #next = 0;
  #epoch = 0;
  #tick = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /**
   * @param fps - frames per second
   * @param onFrame - gets each frame's timestamp in microseconds, once it is on the canvas
   * @param ready - whether a frame can be taken now; if not, none is painted, so that the counter has no gap
   */
  constructor(ctx: SceneContext, fps: number, onFrame: (timestampUs: number) => void, ready = () => true) {
    this.#scene = new Scene(ctx, fps);
    this.#fps = fps;
    this.#interval = 1000 / fps;
    this.#onFrame = onFrame;
    this.#ready = ready;
  }

  /** Begins to paint. */
  start(): void {
    this.#epoch = performance.now();
    this.#paint();
  }

  /** Paints no more. */
  stop(): void {
    clearTimeout(this.#timer);
  }

  #paint(): void {
    if (this.#ready()) {
      // Frozen before the first picture, there is still one to show.
      if (!this.frozen || this.#next === 0) {
        if (this.#next % this.#fps === 0) this.onSecond(this.#next / this.#fps);
        this.#scene.draw(this.#next++);
      } else this.#scene.draw(this.#next - 1);
      this.#onFrame(Math.round((this.#epoch + this.#tick * this.#interval) * 1000));
    }
    // Each time is reckoned from the beginning, so that late timers do not add up; times that have passed are dropped.
    const now = performance.now() - this.#epoch;
    this.#tick = Math.max(this.#tick + 1, Math.floor(now / this.#interval));
    this.#timer = setTimeout(() => this.#paint(), this.#tick * this.#interval - now);
  }
}
