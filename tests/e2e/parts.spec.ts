import { expect, openLab, test } from './support/fixtures.js';
import { readMovie, type Movie } from './support/movie.js';
import { expectPlayable } from './support/witness.js';

/** Seconds are binary fractions: differences of whole microseconds may be off by this. */
const ROUNDING_S = 1e-6;

async function movieOf(file: string): Promise<Movie> {
  const movie = await readMovie(Buffer.from(file, 'base64'));
  expectPlayable(movie);
  return movie;
}

test('parts of a recording, while it is made and from the disk', async ({ page }) => {
  await openLab(page);
  const result = await page.evaluate(async () => {
    const recorder = new lab.trackreel.Recorder(lab.loopback.stream);
    await recorder.start();
    await lab.reached(recorder, ({ duration }) => duration >= 7);
    const parts = async (source: { export: typeof recorder.export }) => {
      // The whole comes last: while it records, a frame may come in between two calls.
      const wanted = [{ last: '3s' }, { from: 3, to: '5.5s' }, { to: 1 }, {}] as const;
      const movies = await Promise.all(wanted.map((options) => source.export(options)));
      return Promise.all(
        movies.map(async (movie) => ({ start: movie.start, end: movie.end, file: await lab.base64(movie) })),
      );
    };
    const live = await parts(recorder);
    await recorder.stop();
    const [reel] = await lab.trackreel.reels.list();
    return { live, stored: await parts(reel!) };
  });
  for (const parts of [result.live, result.stored]) {
    const [last, middle, first, whole] = await Promise.all(parts.map(({ file }) => movieOf(file)));
    const [lastBounds, middleBounds, firstBounds, wholeBounds] = parts;
    // The bounds that a part reports are where its pictures are in the whole.
    for (const [movie, bounds] of [
      [last!, lastBounds!],
      [middle!, middleBounds!],
      [first!, firstBounds!],
    ] as const) {
      const at = whole!.counters.indexOf(movie.counters[0]!);
      expect(whole!.counters.slice(at, at + movie.counters.length)).toEqual(movie.counters);
      expect(whole!.times[at]).toBeCloseTo(bounds.start, 3);
      expect(movie.times[0]).toBe(0);
      expect(Number(movie.stream['duration'])).toBeCloseTo(bounds.end - bounds.start, 3);
    }
    const end = wholeBounds!.end;
    expect([wholeBounds!.start, firstBounds!.start]).toEqual([0, 0]);
    // While it records, the last picture is shown until each of the calls is answered.
    expect(lastBounds!.end).toBeCloseTo(end, 1);
    expect([middleBounds!.end, firstBounds!.end]).toEqual([5.5, 1]);
    // No earlier than the key frame before the requested time.
    const back = end - lastBounds!.start;
    expect(back + ROUNDING_S).toBeGreaterThanOrEqual(3);
    expect(back).toBeLessThan(3 + 2.5);
    expect(middleBounds!.start).toBeLessThanOrEqual(3);
    expect(middleBounds!.start).toBeGreaterThan(0);
  }
});

test('an export reports progress, is aborted, and is piped to a file', async ({ page }) => {
  await openLab(page);
  const result = await page.evaluate(async () => {
    const recorder = new lab.trackreel.Recorder(lab.loopback.stream);
    await recorder.start();
    await lab.reached(recorder, ({ duration }) => duration >= 3);
    await recorder.stop();
    const [reel] = await lab.trackreel.reels.list();
    const exportProgress: number[] = [];
    const movie = await reel!.export({ onProgress: (done) => exportProgress.push(done) });

    const folder = await navigator.storage.getDirectory();
    const handle = await folder.getFileHandle('reel.mp4', { create: true });
    const streamProgress: number[] = [];
    const stream = await reel!.stream({ onProgress: (done) => streamProgress.push(done) });
    await stream.pipeTo(await handle.createWritable());
    const file = await handle.getFile();

    const failure = (call: Promise<unknown>) =>
      call.then(
        () => 'resolved',
        (error) => `${error.name} ${error.code}`,
      );
    const aborted = AbortSignal.abort();
    const controller = new AbortController();
    const midway = failure(reel!.export({ signal: controller.signal }));
    controller.abort();
    const failures = [
      await failure(reel!.export({ signal: aborted })),
      await midway,
      await failure(recorder.export({ signal: aborted })),
      await failure(reel!.export({ onProgress: 5 as never })),
      await failure(reel!.export({ signal: {} as never })),
      await failure(reel!.export({ first: 5 } as never)),
      await failure(reel!.export({ last: 'soon' as never })),
      await failure(reel!.export({ from: 5, to: 4 })),
      await failure(reel!.export({ from: 60 })),
    ];
    return {
      exportProgress,
      streamProgress: streamProgress.at(-1),
      sizes: [movie.size, file.size],
      same: (await lab.base64(movie)) === (await lab.base64(file)),
      failures,
      after: (await reel!.export()).size,
    };
  });
  expect(result.exportProgress.at(-1)).toBe(1);
  expect(result.streamProgress).toBe(1);
  expect(result.sizes[1]).toBe(result.sizes[0]);
  expect(result.same).toBe(true);
  expect(result.after).toBe(result.sizes[0]);
  expect(result.failures).toEqual([
    'AbortError 20',
    'AbortError 20',
    'AbortError 20',
    ...Array(5).fill('OptionError invalid-option'),
    'StateError nothing-recorded',
  ]);
});

test('a recorder that keeps only the end continues, and what it keeps plays from its start', async ({ page }) => {
  await openLab(page);
  const result = await page.evaluate(async () => {
    const recorder = new lab.trackreel.Recorder(lab.loopback.stream, { keepLast: 2 });
    await recorder.start();
    await lab.reached(recorder, ({ received }) => received >= 345);
    const live = await recorder.export();
    const { duration: time, frames, remaining } = recorder.progress;
    await recorder.stop();
    const [reel] = await lab.trackreel.reels.list();
    const whole = await reel!.export();
    return {
      live: { duration: live.end - live.start, file: await lab.base64(live) },
      stored: { duration: whole.end - whole.start, file: await lab.base64(whole) },
      early: { time, frames, unlimited: remaining === Infinity },
      reel: { duration: reel!.duration, frames: reel!.frames, bytes: reel!.bytes },
      progress: recorder.progress,
    };
  });
  for (const { duration, file } of [result.live, result.stored]) {
    const movie = await movieOf(file);
    expect(movie.times[0]).toBe(0);
    expect(duration).toBeGreaterThan(2);
    // The last two segments don't count, since a freeze may roll them back, and the first is removed as a whole.
    expect(duration).toBeLessThan(2 + 3 * 2.5);
    expect(Number(movie.stream['duration'])).toBeCloseTo(duration, 3);
    expect(movie.counters.every((counter, i) => i === 0 || counter! > movie.counters[i - 1]!)).toBe(true);
  }
  const { progress, reel, early } = result;
  expect(early.time).toBeLessThan(2 + 3 * 2.5);
  expect(early.frames).toBeLessThan(30 * (2 + 3 * 2.5));
  expect(early.unlimited).toBe(true);
  expect([reel.frames, reel.bytes]).toEqual([progress.frames, progress.bytes]);
  expect(reel.duration).toBeCloseTo(progress.duration, 6);
});
