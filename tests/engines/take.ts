import { Recorder, type Freeze, type Progress, type RecorderOptions, type Reel } from 'trackreel';

/** A recording that a test controls. */
export class Take {
  readonly recorder: Recorder;
  /** The `freeze` events, in order. */
  readonly freezes: Freeze[] = [];

  private constructor(recorder: Recorder) {
    this.recorder = recorder;
    recorder.addEventListener('freeze', ({ detail }) => this.freezes.push(detail));
  }

  /** Begins to record every frame of a track, or of a stream, with its sound. */
  static async begin(
    source: MediaStream | MediaStreamTrack,
    options: RecorderOptions = {},
    reel?: Reel,
  ): Promise<Take> {
    const take = new Take(new Recorder(source, { maxFps: Infinity, ...options }));
    await take.recorder.start(reel);
    return take;
  }

  /** Resolves when the recorder's progress meets a condition, at once if it does already; rejects if the recording fails first. */
  reached(condition: (progress: Progress) => boolean): Promise<void> {
    const { recorder } = this;
    return new Promise((resolve, reject) => {
      const check = () => condition(recorder.progress) && resolve();
      recorder.addEventListener('progress', check);
      recorder.addEventListener('error', ({ detail }) => reject(detail));
      recorder.addEventListener('stop', () => {
        check();
        reject(new Error(`the recording ended at ${JSON.stringify(recorder.progress)}`));
      });
      check();
    });
  }

  /** Resolves when the recording is this many seconds longer. */
  recordFor(seconds: number): Promise<void> {
    const from = this.recorder.progress.duration;
    return this.reached(({ duration }) => duration >= from + seconds);
  }

  /** Resolves when this many frames more were dropped for this reason. */
  dropped(reason: keyof Progress['drops'], frames: number): Promise<void> {
    const from = this.recorder.progress.drops[reason];
    return this.reached(({ drops }) => drops[reason] >= from + frames);
  }

  /** Resolves when a freeze is found. */
  frozen(): Promise<void> {
    return new Promise((resolve) => {
      this.recorder.addEventListener('freeze', ({ detail }) => detail.ended || resolve());
    });
  }
}
