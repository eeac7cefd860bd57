import { expect, openLab, test } from './support/fixtures.js';
import { readMovie } from './support/movie.js';
import { expectPlayable, Witness } from './support/witness.js';

const movieOf = (base64: string) => readMovie(Buffer.from(base64, 'base64'));

// The second export of the recorder before this one had a black start, or only the latest part.
test('a second export contains the first, and more', async ({ page }) => {
  await openLab(page);
  const witness = await Witness.observe(page);
  const { files, progress } = await page.evaluate(async () => {
    const recorder = new lab.trackreel.Recorder(lab.loopback.stream);
    await recorder.start();
    const files: string[] = [];
    for (const time of [1, 2.5, 3]) {
      await lab.reached(recorder, (progress) => progress.duration >= time);
      files.push(await lab.base64(await recorder.export()));
    }
    await recorder.stop();
    files.push(await lab.base64(await recorder.export()));
    return { files, progress: recorder.progress };
  });
  const movies = await Promise.all(files.map(movieOf));
  for (const [i, movie] of movies.entries()) {
    expectPlayable(movie);
    await witness.expectFaithful(movie, progress);
    if (i === 0) continue;
    const before = movies[i - 1]!;
    expect(movie.counters.slice(0, before.counters.length)).toEqual(before.counters);
    expect(movie.times.slice(0, before.times.length)).toEqual(before.times);
  }
  expect(movies[1]!.counters.length).toBeGreaterThan(movies[0]!.counters.length);
  expect(movies.at(-1)!.counters.length).toBe(progress.frames);
});

// Of two exports at once, the recorder before this one gave one of them nothing.
test('exports that overlap each get a whole file', async ({ page }) => {
  await openLab(page);
  const witness = await Witness.observe(page);
  const { files, progress } = await page.evaluate(async () => {
    const recorder = new lab.trackreel.Recorder(lab.loopback.stream);
    await recorder.start();
    await lab.reached(recorder, (progress) => progress.duration >= 3);
    const early = [recorder.export(), recorder.export(), recorder.export()];
    const stopped = recorder.stop();
    const late = [recorder.export(), recorder.export()];
    await stopped;
    const blobs = await Promise.all([...early, ...late, recorder.export()]);
    return { files: await Promise.all(blobs.map(lab.base64)), progress: recorder.progress };
  });
  const movies = await Promise.all(files.map(movieOf));
  for (const movie of movies) {
    expectPlayable(movie);
    await witness.expectFaithful(movie, progress);
    expect(movie.counters[0]).toBe(movies[0]!.counters[0]);
  }
  expect(files[1]).toBe(files[0]);
  expect(files[2]).toBe(files[0]);
  for (const late of [3, 4, 5]) expect(movies[late]!.counters.length).toBe(progress.frames);
});

test('a pause leaves no gap in time, and an export in it is of all before it', async ({ page }) => {
  await openLab(page);
  const witness = await Witness.observe(page);
  const { paused, later, whole, progress } = await page.evaluate(async () => {
    const recorder = new lab.trackreel.Recorder(lab.loopback.stream);
    await recorder.start();
    await lab.reached(recorder, (progress) => progress.duration >= 2.2);
    recorder.pause();
    recorder.pause();
    const paused = await lab.base64(await recorder.export());
    await lab.reached(recorder, (progress) => progress.drops.paused >= 30);
    const later = await lab.base64(await recorder.export());
    recorder.resume();
    recorder.resume();
    await lab.reached(recorder, (progress) => progress.duration >= 3.5);
    await recorder.stop();
    return { paused, later, whole: await lab.base64(await recorder.export()), progress: recorder.progress };
  });
  expect(later).toBe(paused);
  const [before, movie] = await Promise.all([movieOf(paused), movieOf(whole)]);
  expectPlayable(before);
  expectPlayable(movie);
  const frames = before.counters.length;
  expect(movie.counters.slice(0, frames)).toEqual(before.counters);
  const runs = await witness.expectFaithful(movie, progress);
  const pause = runs.find((run) => run.length === progress.drops.paused);
  expect(pause, 'the paused frames are missing, in one run').toBeDefined();
  expect(movie.counters[frames]).toBeGreaterThan(pause!.at(-1)!);
  // The frame after the cut follows at once, though a second has passed: the picture before it was shown until the pause.
  expect(movie.times[frames]! - movie.times[frames - 1]!).toBeLessThan(0.5);
});

test('a recording can start paused', async ({ page }) => {
  await openLab(page);
  const witness = await Witness.observe(page);
  const { code, file, progress } = await page.evaluate(async () => {
    const recorder = new lab.trackreel.Recorder(lab.loopback.stream);
    recorder.pause();
    await recorder.start();
    await lab.reached(recorder, (progress) => progress.drops.paused >= 10);
    const code = await recorder.export().catch((error) => error.code);
    recorder.resume();
    await lab.reached(recorder, (progress) => progress.duration >= 1);
    await recorder.stop();
    return { code, file: await lab.base64(await recorder.export()), progress: recorder.progress };
  });
  expect(code).toBe('nothing-recorded');
  const movie = await movieOf(file);
  expectPlayable(movie);
  await witness.expectFaithful(movie, progress);
});

// The recorder before this one lost the recording when the connection went away.
test('when the connection closes, all that came before it is there', async ({ page }) => {
  await openLab(page);
  const witness = await Witness.observe(page);
  const { file, stop, progress } = await page.evaluate(async () => {
    const recorder = new lab.trackreel.Recorder(lab.loopback.stream);
    await recorder.start();
    await lab.reached(recorder, (progress) => progress.duration >= 2.2);
    const ended = lab.ended(recorder);
    lab.loopback.close();
    const stop = await ended;
    await recorder.stop();
    return { file: await lab.base64(await recorder.export()), stop, progress: recorder.progress };
  });
  expect(stop).toEqual(['track-ended']);
  const movie = await movieOf(file);
  expectPlayable(movie);
  await witness.expectFaithful(movie, progress);
  expect(movie.counters.length).toBe(progress.frames);
});

test('a reel stays on disk after a reload, and an export outlives its reel', async ({ page }) => {
  await openLab(page);
  const recorded = await page.evaluate(async () => {
    const recorder = new lab.trackreel.Recorder(lab.loopback.stream);
    await recorder.start();
    await lab.reached(recorder, (progress) => progress.duration >= 2.2);
    await recorder.stop();
    return { id: recorder.reel!.id, frames: recorder.progress.frames, bytes: recorder.progress.bytes };
  });
  await openLab(page);
  const { reels, file, left, code } = await page.evaluate(async () => {
    const [reel] = await lab.trackreel.reels.list();
    const reels = (await lab.trackreel.reels.list()).map(({ id, frames, bytes, state }) => ({
      id,
      frames,
      bytes,
      state,
    }));
    const blob = await reel!.export();
    await reel!.delete();
    await reel!.delete();
    const left = (await lab.trackreel.reels.list()).length;
    const code = await reel!.export().catch((error) => error.code);
    return { reels, file: await lab.base64(blob), left, code };
  });
  expect(reels).toEqual([{ ...recorded, state: 'complete' }]);
  expect(left).toBe(0);
  expect(code).toBe('no-such-reel');
  const movie = await movieOf(file);
  expectPlayable(movie);
  expect(movie.counters.length).toBe(recorded.frames);
});

test('names of downloads never collide, not even after a reload', async ({ page }) => {
  const names = () =>
    page.evaluate(() => {
      const now = new Date(2026, 10, 22, 14, 3, 27, 500);
      return [1, 2].map(() => lab.trackreel.fileName(now));
    });
  await openLab(page);
  expect(await names()).toEqual(['recording-2026-11-22T14-03-27.mp4', 'recording-2026-11-22T14-03-27-2.mp4']);
  await openLab(page);
  expect(await names()).toEqual(['recording-2026-11-22T14-03-27-3.mp4', 'recording-2026-11-22T14-03-27-4.mp4']);
  await page.evaluate(() => localStorage.setItem('trackreel.fileNames', '{'));
  expect(await names()).toEqual(['recording-2026-11-22T14-03-27-5.mp4', 'recording-2026-11-22T14-03-27-6.mp4']);
});
