import type { Page } from '@playwright/test';
import type { Recorder, Reel } from '../../js/index.js';
import { equip, expect, openLab, test } from './support/fixtures.js';
import { readMovie, type Movie } from './support/movie.js';
import { expectPlayable } from './support/witness.js';

declare global {
  var recorder: Recorder;
  /** The workers that the page has made, in their order. */
  var workers: Worker[];
}

/** What a recording was when it was cut short. */
interface Before {
  id: string;
  /** How many frames were on disk, at least. */
  stored: number;
  /** An export from just before. */
  movie: Movie;
}

/** Records until this many frames are on disk, and some more. */
async function record(page: Page, frames: number): Promise<Before> {
  const { id, stored, file } = await page.evaluate(async (frames) => {
    const recorder = new lab.trackreel.Recorder(lab.loopback.stream, { maxFps: Infinity });
    globalThis.recorder = recorder;
    await recorder.start();
    const { id } = recorder.reel!;
    const progress = () => new Promise((resolve) => recorder.addEventListener('progress', resolve, { once: true }));
    let reel: Reel | undefined;
    while (!reel || reel.frames < frames) {
      await progress();
      reel = (await lab.trackreel.reels.list()).find((one) => one.id === id);
    }
    const file = await lab.base64(await recorder.export());
    await progress();
    return { id, stored: reel.frames, file };
  }, frames);
  return { id, stored, movie: await readMovie(Buffer.from(file, 'base64')) };
}

/** The only reel on disk, exported. */
async function recover(page: Page): Promise<{ id: string; state: string; frames: number; movie: Movie }> {
  const { file, ...reel } = await page.evaluate(async () => {
    const found = await lab.trackreel.reels.list();
    if (found.length !== 1) throw new Error(`there are ${found.length} reels`);
    const { id, state, frames } = found[0]!;
    return { id, state, frames, file: await lab.base64(await found[0]!.export()) };
  });
  return { ...reel, movie: await readMovie(Buffer.from(file, 'base64')) };
}

/** It is as it was exported before, as far as both go. */
function expectSameBeginning(movie: Movie, before: Movie): void {
  expectPlayable(movie);
  const common = Math.min(movie.counters.length, before.counters.length);
  expect(movie.counters.slice(0, common)).toEqual(before.counters.slice(0, common));
  expect(movie.times.slice(0, common - 1)).toEqual(before.times.slice(0, common - 1));
  expect(movie.counters).not.toContain(null);
  expect(movie.counters.every((counter, i) => i === 0 || counter! > movie.counters[i - 1]!)).toBe(true);
}

/** What may happen to a page that records, and the page where its user looks for the recording. */
const misfortunes: Record<string, (page: Page) => Promise<Page>> = {
  async 'the page is reloaded'(page) {
    await page.reload();
    await equip(page);
    return page;
  },
  async 'the user goes elsewhere and comes back'(page) {
    await page.goto('about:blank');
    await page.goBack();
    await equip(page);
    return page;
  },
  async 'the tab is closed'(page) {
    const other = await page.context().newPage();
    await page.close();
    await openLab(other);
    return other;
  },
  async 'the tab crashes'(page) {
    const crashed = page.waitForEvent('crash');
    await page.goto('chrome://crash').catch(() => {});
    await crashed;
    const other = await page.context().newPage();
    await openLab(other);
    return other;
  },
  // No event reports that a worker is gone: the recorder's state stayed "recording".
  async 'the worker is ended'(page) {
    const reported = await page.evaluate(async () => {
      const ended = lab.ended(recorder);
      workers[0]!.terminate();
      const reported = await ended;
      const { state, reel } = recorder;
      return [...reported, state, reel!.state, (await recorder.export()).size > 0];
    });
    expect(reported).toEqual(['worker-lost', 'error', 'inactive', 'interrupted', true]);
    return page;
  },
};

// A user who had closed the wrong tab had lost the recording.
for (const [misfortune, befall] of Object.entries(misfortunes)) {
  test(`what was recorded is there when ${misfortune}`, async ({ page }) => {
    await openLab(page);
    await page.evaluate(() => {
      globalThis.workers = [];
      globalThis.Worker = class extends Worker {
        constructor(script: string | URL, options?: WorkerOptions) {
          super(script, options);
          workers.push(this);
        }
      };
    });
    const before = await record(page, 75);
    const { id, state, frames, movie } = await recover(await befall(page));
    expect([id, state]).toEqual([before.id, 'interrupted']);
    expectSameBeginning(movie, before.movie);
    expect(movie.counters.length).toBe(frames);
    expect(frames, 'frames on disk stay there').toBeGreaterThanOrEqual(before.stored);
  });
}

/** How a sender may leave, and what it leaves to the recorder. */
const endings: Record<string, (page: Page) => Promise<string[]>> = {
  'the track is stopped': (page) =>
    page.evaluate(() => {
      const ended = lab.ended(recorder);
      recorder.track.stop();
      return ended;
    }),
  'the connection is closed': (page) =>
    page.evaluate(() => {
      const ended = lab.ended(recorder);
      lab.loopback.close();
      return ended;
    }),
};

for (const [ending, end] of Object.entries(endings)) {
  test(`what was recorded is complete on disk when ${ending}`, async ({ page }) => {
    await openLab(page);
    const before = await record(page, 45);
    expect(await end(page)).toEqual(['track-ended']);
    const { id, state, frames, movie } = await recover(page);
    expect([id, state]).toEqual([before.id, 'complete']);
    expectSameBeginning(movie, before.movie);
    expect(movie.counters.length).toBe(frames);
    expect(frames, 'all of it is there').toBeGreaterThan(before.movie.counters.length);
    // It is still there after a reload.
    await page.reload();
    await equip(page);
    expect((await recover(page)).movie).toEqual(movie);
  });
}
