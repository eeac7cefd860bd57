import { droppedOf } from '../e2e/support/witness.js';
import { connect, expect, test } from './fixtures.js';
import { expectCounted, expectInOrder, expectPlayable, finish } from './verdict.js';

test('records the received video', async ({ engine, notes }) => {
  const source = await connect(engine, notes);
  await engine.evaluate(async () => {
    await stage.begin();
    await stage.take!.recordFor(4);
  });
  const outcome = await finish(engine);
  const { movie, progress } = outcome;
  notes.fact('codec', progress.codec);
  notes.fact('frames', `${progress.frames} of ${progress.received} in ${progress.duration.toFixed(2)} s`);
  notes.fact('size', `${progress.width}×${progress.height}`);
  expectPlayable(movie);
  expectInOrder(movie, source);
  expectCounted(outcome);

  const { observations, sees } = await engine.evaluate(async () => ({
    observations: await stage.witness!.observations(),
    sees: stage.witness!.sees,
  }));
  expect(observations.map(({ counter }) => counter)).not.toContain(null);
  const { counters } = movie;
  const [first, last] = [counters[0]!, counters.at(-1)!];
  const during = observations.filter(({ counter }) => counter! >= first && counter! <= last);
  const received = during.map(({ counter }) => counter);
  const inFile = new Set(counters);
  const missing = received.filter((counter) => !inFile.has(counter));
  notes.fact('missing', `${missing.length} of ${received.length} that a witness saw`);
  if (sees === 'frames') {
    expect(counters, 'nothing in the file was not received').toEqual(received.filter((counter) => inFile.has(counter)));
    expect(missing.length, `none missing that was not counted: ${missing}`).toBeLessThanOrEqual(droppedOf(progress));
  } else {
    notes.lacks('a way to observe every frame: a `<video>` presents some of them, so the test compares two `<video>`s');
    expect(counters.length, 'as much as a <video> shows').toBeGreaterThan(received.length / 2);
  }
  // The file has the rate of the received frames; the first pictures may have waited for the encoder.
  const from = Math.floor(counters.length / 4);
  const shown = movie.times.toSorted((a, b) => a - b);
  const timeOf = (counter: number | null) => during.findLast((one) => one.counter! <= counter!)!.time;
  const pace = (shown.at(-1)! - shown[from]!) / (timeOf(last) - timeOf(counters[from]!));
  notes.fact('pace', pace.toFixed(3));
  expect(Math.abs(pace - 1)).toBeLessThan(0.1);
});
