import type { Freeze } from '../../js/index.js';
import type { Engine } from './engine.js';
import { connect, expect, test } from './fixtures.js';
import { expectCounted, expectPlayable, finish } from './verdict.js';

/** Records a sender that moves, freezes until 60 frames were dropped, since a codec refines a picture for two seconds, and moves again. */
function recordFreeze(engine: Engine, freeze: 'cut' | 'hold'): Promise<Freeze[]> {
  return engine.evaluate(async (freeze) => {
    await stage.begin({ freeze });
    const take = stage.take!;
    await take.recordFor(2);
    const found = take.frozen();
    stage.sender!.freeze(true);
    await found;
    await take.dropped('freeze', 60);
    stage.sender!.freeze(false);
    const { frames } = take.recorder.progress;
    await take.reached((progress) => progress.frames >= frames + 20);
    return take.freezes;
  }, freeze);
}

/** How many repeats of a freeze may be left. */
const LEFTOVERS = 3;

/** It is reported once when it is found and once when it is over, whatever a codec's noise looks like. */
function expectOver(freezes: Freeze[]): void {
  expect(freezes.map(({ ended }) => ended)).toEqual([false, true]);
}

test('cuts a static picture', async ({ engine, notes }) => {
  await connect(engine, notes);
  const freezes = await recordFreeze(engine, 'cut');
  expectOver(freezes);
  expect(freezes[1]!.begin).toBe(freezes[0]!.begin);
  const outcome = await finish(engine);
  expectPlayable(outcome.movie);
  expectCounted(outcome);
  expect(outcome.progress.drops.freeze).toBeGreaterThanOrEqual(60);
  const counters = outcome.movie.counters as number[];
  expect(counters).not.toContain(null);
  expect(counters, 'in order').toEqual(counters.toSorted((a, b) => a - b));
  const leftovers = counters.length - new Set(counters).size;
  notes.fact('repeats left of a freeze', leftovers);
  const message = `repeats that are left: ${JSON.stringify({ freezes, counters })}`;
  expect(leftovers, message).toBeLessThanOrEqual(LEFTOVERS);
});

// A browser that shows a worker no pictures of what it receives encoded all of it a second time.
test('cuts a static picture out of received H.264, which is decoded and not encoded', async ({ engine, notes }) => {
  const isConnected = await engine.evaluate(() => stage.connectEncoded());
  test.skip(!isConnected, 'no connection, or no H.264');
  expectOver(await recordFreeze(engine, 'cut'));
  const outcome = await finish(engine);
  const { movie, progress } = outcome;
  expectPlayable(movie);
  expectCounted(outcome);
  expect(progress.source).toBe('received');
  const counters = movie.counters as number[];
  expect(counters).not.toContain(null);
  expect(counters, 'in order').toEqual(counters.toSorted((a, b) => a - b));
  const leftovers = counters.length - new Set(counters).size;
  expect(leftovers).toBeLessThanOrEqual(LEFTOVERS);
  notes.fact('repeats left of a freeze in received H.264', leftovers);
});

test('holds a static picture', async ({ engine, notes }) => {
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
  const frozenFor = over.begin + over.duration - found.begin;
  expect(longest, 'the picture is shown for as long as it was static').toBeGreaterThan(frozenFor / 2);
});
