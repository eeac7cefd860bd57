import { expect, openLab, patchWorkers, test } from './support/fixtures.js';
import { begin, finish } from './support/take.js';
import { droppedOf, expectPlayable, Witness } from './support/witness.js';

declare global {
  /** How many encoders the recording's worker has created and closed, as it reports itself. */
  var encoders: { created: number; closed: number };
}

// Browsers have a limited number of encoders, and a recorder kept one during a long pause.
for (const reason of ['paused', 'freeze'] as const) {
  test(`an encoder that has nothing to do is released, and recreated (${reason})`, async ({ page }) => {
    await openLab(page, 'codec=H264');
    const witness = await Witness.observe(page);
    await patchWorkers(page, () => {
      const counts = { created: 0, closed: 0 };
      const channel = new BroadcastChannel('encoders');
      const Native = VideoEncoder;
      globalThis.VideoEncoder = class extends Native {
        constructor(init: VideoEncoderInit) {
          super(init);
          counts.created++;
          channel.postMessage(counts);
        }
        override close() {
          super.close();
          counts.closed++;
          channel.postMessage(counts);
        }
      };
    });
    await page.evaluate(() => {
      globalThis.encoders = { created: 0, closed: 0 };
      new BroadcastChannel('encoders').onmessage = ({ data }) => (globalThis.encoders = data);
    });
    await begin(page);
    await page.evaluate(async (reason) => {
      await take.recordFor(1);
      if (reason === 'paused') take.recorder.pause();
      else await take.freeze();
    }, reason);
    await page.waitForFunction(() => encoders.closed === 1);
    await page.evaluate(async (reason) => {
      // Frames that were encoded before are there, though their encoder is closed.
      await take.export();
      if (reason === 'paused') take.recorder.resume();
      else await take.thaw();
      await take.recordFor(1);
    }, reason);
    const { movies, movie, progress } = await finish(page);
    expect(await page.evaluate(() => encoders.created)).toBe(2);
    expectPlayable(movie);
    const { length } = movies[0]!.counters;
    expect(movie.counters.slice(0, length)).toEqual(movies[0]!.counters);
    // Five seconds have passed.
    expect(movie.times[length]! - movie.times[length - 1]!).toBeLessThan(0.5);
    // All that is missing came in one run, while nothing was to be encoded.
    const observed = await witness.counters();
    const [from, to] = [movie.counters[0]!, movie.counters.at(-1)!].map((counter) => observed.indexOf(counter));
    const received = observed.slice(from, to! + 1);
    expect(movie.counters).toEqual([...received.slice(0, length), ...received.slice(length + progress.drops[reason])]);
    expect(droppedOf(progress)).toBe(progress.drops[reason]);
    expect(movie.counters.length).toBe(progress.frames);
  });
}
