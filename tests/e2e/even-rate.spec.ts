import { expect, openLab, test } from './support/fixtures.js';
import { readAtRate, readMovie } from './support/movie.js';

const FPS = 30;

// Editors that want one frame rate refused the file, or took the first interval for all.
test('an export at an even rate has the same pictures, each at a time of its own on the grid', async ({ page }) => {
  await openLab(page);
  const { plain, even, tooSlow } = await page.evaluate(async (fps) => {
    const recorder = new lab.trackreel.Recorder(lab.loopback.stream);
    await recorder.start();
    await lab.reached(recorder, ({ duration }) => duration >= 4);
    await recorder.stop();
    const reel = recorder.reel!;
    const tooSlow = await reel.export({ fps: 5 }).catch((error) => `${error.code}: ${error.message}`);
    return {
      plain: await lab.base64(await reel.export()),
      even: await lab.base64(await reel.export({ fps })),
      tooSlow,
    };
  }, FPS);
  const bytes = Buffer.from(even, 'base64');
  const [movie, before] = [await readMovie(bytes), await readMovie(Buffer.from(plain, 'base64'))];
  expect(movie.counters).toEqual(before.counters);
  const lines = movie.times.map((time) => time * FPS);
  for (const line of lines) expect(line).toBeCloseTo(Math.round(line), 3);
  expect(new Set(lines.map(Math.round)).size).toBe(lines.length);
  const length = Number(movie.stream['duration']) * FPS;
  expect(length).toBeCloseTo(Math.round(length), 3);

  // As an editor does it: a picture for each time of the grid. None is dropped, and no more are repeated than are missing.
  const { counters, variable } = await readAtRate(bytes, FPS);
  expect(counters).toHaveLength(Math.round(length));
  expect([...new Set(counters)]).toEqual(movie.counters);
  const gaps = lines.slice(1).filter((line, n) => Math.round(line) - Math.round(lines[n]!) > 1).length;
  // Each gap is a change of the interval, and back.
  expect(variable).toBeLessThanOrEqual(2 * gaps);
  expect(tooSlow).toBe('invalid-option: fps: 5 is not valid; it must be no less than the rate of the recorded frames');
});
