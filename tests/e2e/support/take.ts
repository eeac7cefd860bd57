import type { Page } from '@playwright/test';
import type { Freeze, Progress, Recorder, RecorderOptions } from '../../../js/index.js';
import { readMovie, type Movie } from './movie.js';

/** A recording of a sender that is frozen at times, as a test finds it in the page. */
export interface Take {
  recorder: Recorder;
  /** The `freeze` events, in order. */
  freezes: Freeze[];
  /** The files exported so far, as base64, and how long the recording was just before each. */
  files: { file: string; time: number }[];
  /** Resolves when the reel is this many seconds longer. */
  recordFor(seconds: number): Promise<void>;
  /** Resolves when this many frames more were dropped for this reason. */
  dropped(reason: keyof Progress['drops'], frames: number): Promise<void>;
  /** Freezes the sender; resolves when the recorder has found that. */
  freeze(): Promise<void>;
  /** Has the sender move again; resolves when the recorder has found that. */
  thaw(): Promise<void>;
  export(): Promise<void>;
  /** Ends the recording and exports it. */
  end(): Promise<void>;
}

declare global {
  /** Set by `begin`. */
  var take: Take;
}

/** Begins to record the page's connection, every frame of it. */
export async function begin(page: Page, options: RecorderOptions = {}): Promise<void> {
  await page.evaluate(async (options) => {
    const recorder = new lab.trackreel.Recorder(lab.loopback.stream, { maxFps: Infinity, ...options });
    const reported = (ended: boolean) =>
      new Promise<void>((resolve) => {
        recorder.addEventListener('freeze', ({ detail }) => detail.ended === ended && resolve());
      });
    globalThis.take = {
      recorder,
      freezes: [],
      files: [],
      recordFor(seconds) {
        const from = recorder.progress.duration;
        return lab.reached(recorder, ({ duration }) => duration >= from + seconds);
      },
      dropped(reason, frames) {
        const from = recorder.progress.drops[reason];
        return lab.reached(recorder, ({ drops }) => drops[reason] >= from + frames);
      },
      freeze() {
        const found = reported(false);
        lab.loopback.pauseSender();
        return found;
      },
      thaw() {
        const over = reported(true);
        lab.loopback.resumeSender();
        return over;
      },
      async export() {
        const { duration: time } = recorder.progress;
        this.files.push({ time, file: await lab.base64(await recorder.export()) });
      },
      async end() {
        await recorder.stop();
        await this.export();
      },
    };
    recorder.addEventListener('freeze', ({ detail }) => take.freezes.push(detail));
    await recorder.start();
  }, options);
}

/** The result of a recording. */
export interface Result {
  /** The files, in the order they were exported. */
  movies: Movie[];
  /** How long the recording was when each was asked for, in seconds. */
  times: number[];
  /** The last of them. */
  movie: Movie;
  progress: Progress;
  freezes: Freeze[];
}

/** Ends the recording that was begun, and reads its files. */
export async function finish(page: Page): Promise<Result> {
  const { files, progress, freezes } = await page.evaluate(async () => {
    await take.end();
    const { files, freezes } = take;
    return { files, progress: take.recorder.progress, freezes };
  });
  const movies = await Promise.all(files.map(({ file }) => readMovie(Buffer.from(file, 'base64'))));
  return { movies, times: files.map(({ time }) => time), movie: movies.at(-1)!, progress, freezes };
}
