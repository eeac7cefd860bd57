import { launch as chromium } from './drivers/chromium.js';
import { launch as firefox } from './drivers/firefox.js';
import type { Engine, EngineName, Launch } from './engine.js';
import { expect, test as base } from './fixtures.js';
import { expectPlayable, movieOf } from './verdict.js';

declare global {
  /** Whether the page was restored from the cache. A page that is loaded has none. */
  var restored: boolean | undefined;
  /** Records a canvas, whose pictures the page paints. */
  var recordCanvas: () => Promise<void>;
}

/** Those whose drivers may lose a page that comes back are started for each test. */
const LAUNCH = { chromium, firefox: () => firefox() } as Partial<Record<EngineName, Launch>>;

/** An engine whose pages may be kept when they are left. */
const test = base.extend<{ kept: Engine }>({
  kept: async ({ engineName, engine }, use) => {
    const launch = LAUNCH[engineName];
    if (!launch) return use(engine);
    const started = await launch();
    await started.open(process.env.TRACKREEL_ENGINES!);
    await use(started);
    await started.close();
  },
});

/** Notes in the page how it is shown, and how to record there. */
async function prepare(kept: Engine): Promise<void> {
  await kept.evaluate(async () => {
    addEventListener('pageshow', ({ persisted }) => (globalThis.restored = persisted));
    globalThis.restored = false;
    globalThis.recordCanvas = async () => {
      const canvas = document.createElement('canvas');
      const context = canvas.getContext('2d')!;
      let n = 0;
      setInterval(() => context.fillRect((n++ * 20) % 300, 0, 20, 150), 40);
      stage.sender = { kind: 'canvas', track: canvas.captureStream(25).getVideoTracks()[0]! } as typeof stage.sender;
      await stage.begin({ freeze: 'keep' });
    };
    await stage.trackreel.Recorder.support();
  });
}

/** Leaves the page and comes back. Returns whether it is the same page as before. */
async function leaveAndReturn(kept: Engine): Promise<boolean> {
  await kept.open(`${process.env.TRACKREEL_ENGINES}?another`);
  await kept.back();
  const place = () => kept.evaluate(() => [location.search, typeof stage].join()).catch(() => '');
  await expect.poll(place).toBe(',object');
  return kept.evaluate(() => globalThis.restored === true);
}

test('records in a page that was restored from the back/forward cache', async ({ kept }) => {
  await prepare(kept);
  expect(await leaveAndReturn(kept), 'the page was kept').toBe(true);
  const { file, state } = await kept.evaluate(async () => {
    await recordCanvas();
    await stage.take!.recordFor(2);
    const { recorder } = stage.take!;
    await recorder.stop();
    const [reel] = await stage.trackreel.reels.list();
    return { file: await stage.base64(await reel!.export()), state: reel!.state };
  });
  expect(state).toBe('complete');
  expectPlayable(await movieOf(file));
});

test('a recording stays whole when its page is left', async ({ kept, notes }) => {
  await prepare(kept);
  const stored = await kept.evaluate(async () => {
    await recordCanvas();
    for (;;) {
      await stage.take!.recordFor(0.5);
      const [reel] = await stage.trackreel.reels.list();
      if (reel && reel.frames >= 45) return reel.frames;
    }
  });
  const isKept = await leaveAndReturn(kept);
  notes.fact('a page that records is kept when it is left', isKept);
  const { file, state, frames } = await kept.evaluate(async () => {
    const take = stage.take;
    if (take) {
      await take.recordFor(1);
      await take.recorder.stop();
    }
    const [reel] = await stage.trackreel.reels.list();
    return { file: await stage.base64(await reel!.export()), state: reel!.state, frames: reel!.frames };
  });
  expect(state).toBe(isKept ? 'complete' : 'interrupted');
  const movie = await movieOf(file);
  expectPlayable(movie);
  expect(movie.times.length).toBe(frames);
  expect(frames, 'frames on disk stay there').toBeGreaterThanOrEqual(stored);
});
