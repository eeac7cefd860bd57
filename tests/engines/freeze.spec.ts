import { connect, expect, test } from './fixtures.js';
import { expectCounted, expectPlayable, finish } from './verdict.js';

/** How many repeats may be left of a freeze. They look like the end of the motion before it. */
const LEFTOVERS = 2;

test('cuts out a sender that stands still', async ({ engine, notes }) => {
  await connect(engine, notes);
  const freezes = await engine.evaluate(async () => {
    await stage.begin();
    const take = stage.take!;
    await take.goOn(2);
    const found = take.freeze(false);
    stage.sender!.freeze(true);
    await found;
    await take.leaveOut('freeze', 30);
    const over = take.freeze(true);
    stage.sender!.freeze(false);
    await over;
    await take.goOn(1);
    return take.freezes;
  });
  const outcome = await finish(engine);
  const { movie, progress } = outcome;
  expectPlayable(movie);
  expectCounted(outcome);
  expect(freezes.map(({ ended }) => ended)).toEqual([false, true]);
  expect(progress.drops.freeze).toBeGreaterThanOrEqual(30);
  const counters = movie.counters as number[];
  expect(counters).not.toContain(null);
  expect(counters, 'in order').toEqual(counters.toSorted((a, b) => a - b));
  const leftovers = counters.length - new Set(counters).size;
  notes.fact('repeats left of a freeze', leftovers);
  expect(leftovers).toBeLessThanOrEqual(LEFTOVERS);
});

test('holds the picture of a sender that stands still', async ({ engine, notes }) => {
  await connect(engine, notes);
  const held = await engine.evaluate(async () => {
    await stage.begin({ freeze: 'hold' });
    const take = stage.take!;
    await take.goOn(2);
    const found = take.freeze(false);
    stage.sender!.freeze(true);
    await found;
    await take.leaveOut('freeze', 30);
    const over = take.freeze(true);
    stage.sender!.freeze(false);
    const { length } = await over;
    await take.goOn(1);
    return length;
  });
  const outcome = await finish(engine);
  expectPlayable(outcome.movie);
  expectCounted(outcome);
  const shown = outcome.movie.times.toSorted((a, b) => a - b);
  const longest = Math.max(...shown.slice(1).map((time, i) => time - shown[i]!));
  expect(longest, 'the picture is shown for as long as it stood').toBeGreaterThan(held / 2);
});
