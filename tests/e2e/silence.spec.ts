import type { FreezeMode, Progress, Stall } from '../../js/index.js';
import { expect, openLab, test } from './support/fixtures.js';
import { readMovie } from './support/movie.js';
import { expectPlayable } from './support/witness.js';

// A server that is paused may send nothing at all. What becomes of that time is decided natively (src/timeline/stillness_tests.rs).

/** How far a length may be from the sent one, in seconds: a busy machine sends late. */
const TOLERANCE = 0.4;

/** What was sent, and the recording of it. All times are in seconds. */
interface Outcome {
  file: string;
  progress: Progress;
  /** For how long it moved, and for how long nothing was sent. */
  moved: number;
  silent: number;
  /** The `progress` during the silence, and an export then. */
  during: { time: number; exported: number };
  stalls: Stall[];
  freezes: boolean[];
  reasons: string[];
}

/** How a recording ends in a silence. */
type End = 'stop' | 'pause' | 'track' | 'motion' | 'limit';

/** Sends pictures for a while, and then nothing for as long as that takes to be noticed. */
function record(freeze: FreezeMode, end: End): Promise<Outcome> {
  return page0().evaluate(
    async ([freeze, end]) => {
      const generator = new MediaStreamTrackGenerator({ kind: 'video' });
      const writer = generator.writable.getWriter();
      const canvas = new OffscreenCanvas(320, 180);
      const context = canvas.getContext('2d')!;
      const maxLength = end === 'limit' ? 4 : '1h';
      const recorder = new lab.trackreel.Recorder(new MediaStream([generator]), { freeze, maxLength });
      const stalls: Stall[] = [];
      const freezes: boolean[] = [];
      const reasons: string[] = [];
      recorder.addEventListener('stall', ({ detail }) => stalls.push(detail));
      recorder.addEventListener('freeze', ({ detail }) => freezes.push(detail.ended));
      const ended = new Promise<void>((resolve) =>
        recorder.addEventListener('stop', ({ detail }) => {
          reasons.push(detail.reason);
          resolve();
        }),
      );
      const now = () => performance.now() / 1000;
      let sent = 0;
      /** Sends for this many seconds; returns how long that took. */
      const send = async (seconds: number) => {
        const began = now();
        while (now() - began < seconds) {
          context.fillStyle = `hsl(${sent++ * 40} 80% 50%)`;
          context.fillRect(0, 0, 320, 180);
          await writer.write(new VideoFrame(canvas, { timestamp: performance.now() * 1e3 }));
          await new Promise((resolve) => setTimeout(resolve, 33));
        }
        return now() - began;
      };
      await recorder.start();
      let moved = await send(1);
      const began = now();
      if (end === 'limit' && freeze !== 'cut') await ended;
      else {
        while (!stalls.length)
          await new Promise((resolve) => recorder.addEventListener('stall', resolve, { once: true }));
        await new Promise((resolve) => recorder.addEventListener('progress', resolve, { once: true }));
      }
      const during = { time: recorder.progress.duration, exported: (await recorder.export()).end };
      if (end === 'pause') {
        recorder.pause();
        // The pause takes no time of the reel.
        await recorder.export();
      }
      if (end === 'motion') moved += await send(1);
      const silent = now() - began - (end === 'motion' ? 1 : 0);
      if (end === 'track') {
        await writer.close();
        await ended;
      }
      if (recorder.state !== 'inactive') await recorder.stop();
      const file = await lab.base64(await recorder.export());
      return { file, progress: recorder.progress, moved, silent, during, stalls, freezes, reasons };
    },
    [freeze, end] as const,
  );
}

let page0: () => import('@playwright/test').Page;

test.beforeEach(async ({ page }) => {
  await openLab(page);
  page0 = () => page;
});

for (const freeze of ['cut', 'hold', 'keep'] as const) {
  for (const end of ['stop', 'pause', 'track', 'motion'] as const) {
    test(`with freeze: ${freeze}, silence before the ${end} is ${freeze === 'cut' ? 'cut' : 'shown'}`, async () => {
      const { file, progress, moved, silent, during, stalls, freezes } = await record(freeze, end);
      const movie = await readMovie(Buffer.from(file, 'base64'));
      expectPlayable(movie);
      const length = Number(movie.stream.duration);
      expect(length, 'progress is what the reel is').toBeCloseTo(progress.duration, 3);
      const expected = moved + (freeze === 'cut' ? 0 : silent);
      expect(Math.abs(length - expected), `${length} s of ${expected}`).toBeLessThan(TOLERANCE);
      expect(Math.abs(during.time - during.exported), 'also while nothing comes').toBeLessThan(1);
      if (freeze !== 'cut') expect(during.time, 'it grows while nothing comes').toBeGreaterThan(2.5);
      else expect(during.time).toBeLessThan(1 + TOLERANCE);
      expect(stalls.map(({ ended }) => ended)).toEqual(end === 'motion' ? [false, true] : [false]);
      expect(stalls[0]!.duration).toBeGreaterThanOrEqual(2);
      const isOver = end === 'motion' || end === 'pause';
      expect(freezes).toEqual(freeze === 'keep' ? [] : isOver ? [false, true] : [false]);
    });
  }

  test(`with freeze: ${freeze}, the limit ${freeze === 'cut' ? 'counts no silence' : 'is reached in silence'}`, async () => {
    const { progress, moved, reasons } = await record(freeze, 'limit');
    expect(reasons).toEqual([freeze === 'cut' ? 'stopped' : 'limit']);
    if (freeze === 'cut') expect(Math.abs(progress.duration - moved)).toBeLessThan(TOLERANCE);
    else expect(progress).toMatchObject({ duration: 4, remaining: 0 });
  });
}
