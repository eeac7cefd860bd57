import { droppedOf } from '../e2e/support/witness.js';
import { connect, expect, test } from './fixtures.js';
import { expectCounted, expectInOrder, expectPlayable, finish } from './verdict.js';

test('records what is received', async ({ engine, notes }) => {
  const source = await connect(engine, notes);
  await engine.evaluate(async () => {
    await stage.begin();
    await stage.take!.goOn(4);
  });
  const outcome = await finish(engine);
  const { movie, progress } = outcome;
  notes.fact('codec', progress.codec);
  notes.fact('frames', `${progress.frames} of ${progress.received} in ${progress.time.toFixed(2)} s`);
  notes.fact('size', `${progress.width}×${progress.height}`);
  expectPlayable(movie);
  expectInOrder(movie, source);
  expectCounted(outcome);

  const { seen, sees } = await engine.evaluate(async () => ({
    seen: await stage.witness!.counters(),
    sees: stage.witness!.sees,
  }));
  expect(seen).not.toContain(null);
  const { counters } = movie;
  const received = seen.filter((counter) => counter! >= counters[0]! && counter! <= counters.at(-1)!);
  const inFile = new Set(counters);
  const missing = received.filter((counter) => !inFile.has(counter));
  notes.fact('missing', `${missing.length} of ${received.length} that a witness saw`);
  if (sees === 'frames') {
    expect(counters, 'nothing in the file was not received').toEqual(received.filter((counter) => inFile.has(counter)));
    expect(missing.length, `none missing that was not counted: ${missing}`).toBeLessThanOrEqual(droppedOf(progress));
  } else {
    notes.lacks(
      'a way to see every frame: a <video> presents some of them, so the test compares what two of those show',
    );
    expect(counters.length, 'as much as a <video> shows').toBeGreaterThan(received.length / 2);
  }
});
