import { readImage } from '../e2e/support/movie.js';
import { connect, expect, test } from './fixtures.js';
import { expectInOrder, expectPlayable, finish, movieOf } from './verdict.js';

test('exports during the recording; the second file contains the first', async ({ engine, notes }) => {
  const source = await connect(engine, notes);
  const file = await engine.evaluate(async () => {
    await stage.begin({ freeze: 'keep' });
    const take = stage.take!;
    // Past the opening's first key frame, so that there is a segment on disk and one open.
    await take.recordFor(3);
    const file = await stage.base64(await take.recorder.export());
    await take.recordFor(1);
    return file;
  });
  const first = await movieOf(file);
  const { movie: second } = await finish(engine);
  for (const movie of [first, second]) {
    expectPlayable(movie);
    expectInOrder(movie, source);
  }
  expect(second.counters.length).toBeGreaterThan(first.counters.length);
  expect(second.counters.slice(0, first.counters.length), 'the same pictures').toEqual(first.counters);
});

test('posters show key frames, and a snapshot shows the newest frame', async ({ engine, notes }) => {
  await connect(engine, notes);
  const images = await engine.evaluate(async () => {
    await stage.begin({ freeze: 'keep' });
    const { recorder } = stage.take!;
    await stage.take!.recordFor(5);
    const strip = await recorder.reel!.filmstrip(2, { type: 'image/png' });
    const blobs = [await recorder.reel!.poster(), ...strip.map(({ picture }) => picture), await recorder.snapshot()];
    return Promise.all(blobs.map((blob) => stage.base64(blob)));
  });
  const { movie } = await finish(engine);
  const pictures = await Promise.all(images.map((image) => readImage(Buffer.from(image, 'base64'))));
  const counters = pictures.map(({ counter }) => counter);
  expect(pictures.map(({ codec }) => codec)).toEqual(['mjpeg', 'png', 'png', 'mjpeg']);
  const keys = movie.keys.map((key) => movie.counters[key]);
  expect(counters[0]).toBe(keys[0]);
  expect(counters[1]).toBe(keys[0]);
  expect(keys).toContain(counters[2]);
  expect(movie.counters.indexOf(counters[3]!)).toBeGreaterThan(movie.keys.find((key) => key > 0)!);
});
