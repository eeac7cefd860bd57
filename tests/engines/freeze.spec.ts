import type { Freeze } from '../../js/index.js';
import type { Engine } from './engine.js';
import { connect, expect, test } from './fixtures.js';
import { expectCounted, expectPlayable, finish } from './verdict.js';

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
  // It takes no time of the recording, so that all that is told of it is in one place.
  for (const { begin } of freezes) expect(Math.abs(begin - freezes[0]!.begin)).toBeLessThan(1);
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
  // The corpus holds them to 3. Here they are just fewer than the second that is recorded until a freeze is found: a sender that is
  // short of time and bits may refine a block by as much as motion would change it.
  expect(leftovers, told).toBeLessThan(30);
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
  // Noise may split it, but no more than that.
  const [found, over] = [freezes[0]!, freezes.at(-1)!];
  const stood = over.begin + over.length - found.begin;
  expect(longest, 'the picture is shown for as long as it stood').toBeGreaterThan(stood / 2);
});
