import type { Freeze } from '../../js/index.js';
import type { Engine } from './engine.js';
import { connect, expect, test } from './fixtures.js';
import { expectCounted, expectPlayable, finish } from './verdict.js';

/**
 * How many repeats may be left of a freeze: half a second. The corpus holds it to 3, but a sender that is short of time and bits
 * also refines blocks by as much as motion changes them.
 */
const LEFTOVERS = 15;

/** Records a sender that moves, stands still until 60 frames were left out, since a codec refines a picture for two seconds, and moves again. */
function recordFreeze(engine: Engine, freeze: 'cut' | 'hold'): Promise<Freeze[]> {
  return engine.evaluate(async (freeze) => {
    await stage.begin({ freeze });
    const take = stage.take!;
    await take.goOn(2);
    const found = take.frozen();
    stage.sender!.freeze(true);
    await found;
    await take.leaveOut('freeze', 60);
    stage.sender!.freeze(false);
    const { frames } = take.recorder.progress;
    await take.reached((progress) => progress.frames >= frames + 20);
    return take.freezes;
  }, freeze);
}

/** It was found and is over, however often a codec's noise looked like motion in it. */
function expectOver(freezes: Freeze[]): void {
  expect([freezes[0]!.ended, freezes.at(-1)!.ended]).toEqual([false, true]);
}

test('cuts out a sender that stands still', async ({ engine, notes }) => {
  await connect(engine, notes);
  const freezes = await recordFreeze(engine, 'cut');
  expectOver(freezes);
  // Cut out, it takes no time, so that all that is told of it is at one place; but for what is left of it.
  for (const { begin } of freezes) expect(begin).toBeCloseTo(freezes[0]!.begin, 0);
  const outcome = await finish(engine);
  expectPlayable(outcome.movie);
  expectCounted(outcome);
  expect(outcome.progress.drops.freeze).toBeGreaterThanOrEqual(60);
  const counters = outcome.movie.counters as number[];
  expect(counters).not.toContain(null);
  expect(counters, 'in order').toEqual(counters.toSorted((a, b) => a - b));
  const leftovers = counters.length - new Set(counters).size;
  notes.fact('repeats left of a freeze', leftovers);
  const told = `repeats that are left: ${JSON.stringify({ freezes, counters })}`;
  expect(leftovers, told).toBeLessThanOrEqual(LEFTOVERS);
});

test('holds the picture of a sender that stands still', async ({ engine, notes }) => {
  await connect(engine, notes);
  const freezes = await recordFreeze(engine, 'hold');
  expectOver(freezes);
  const outcome = await finish(engine);
  expectPlayable(outcome.movie);
  expectCounted(outcome);
  const shown = outcome.movie.times.toSorted((a, b) => a - b);
  const longest = Math.max(...shown.slice(1).map((time, i) => time - shown[i]!));
  expect(longest, 'the picture is shown for as long as it stood').toBeGreaterThan(freezes.at(-1)!.length / 2);
});
