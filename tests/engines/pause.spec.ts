import { connect, expect, test } from './fixtures.js';
import { expectCounted, expectInOrder, expectPlayable, finish } from './verdict.js';

test('has no paused time in the file', async ({ engine, notes }) => {
  const source = await connect(engine, notes);
  const paused = await engine.evaluate(async () => {
    await stage.begin({ freeze: 'keep' });
    const take = stage.take!;
    await take.recordFor(1);
    take.recorder.pause();
    const from = performance.now();
    await take.dropped('paused', 40);
    const paused = (performance.now() - from) / 1000;
    take.recorder.resume();
    await take.recordFor(1);
    return paused;
  });
  const outcome = await finish(engine);
  const { movie, progress } = outcome;
  expectPlayable(movie);
  expectInOrder(movie, source);
  expectCounted(outcome);
  expect(progress.drops.paused).toBeGreaterThanOrEqual(40);
  // Where the numbers jump, the times do not.
  const counters = movie.counters as number[];
  const shown = movie.times.toSorted((a, b) => a - b);
  const steps = counters
    .slice(1)
    .map((counter, i) => ({ frames: counter - counters[i]!, time: shown[i + 1]! - shown[i]! }));
  const jump = steps.reduce((widest, step) => (step.frames > widest.frames ? step : widest));
  expect(jump.frames, 'pictures that were painted in the pause').toBeGreaterThanOrEqual(40);
  expect(jump.time, 'from the last picture before to the first after it').toBeLessThan(paused / 2);
});
