import { connect, expect, test } from './fixtures.js';
import { expectPlayable, movieOf } from './verdict.js';

// Where the track is in the worker, the end of the first reel ended it for all later ones.
test('continues in the next file at a limit', async ({ engine, notes }) => {
  await connect(engine, notes);
  const { files, reasons } = await engine.evaluate(async () => {
    await stage.begin({ freeze: 'keep', maxLength: 1.5, onLimit: 'next' });
    const { recorder } = stage.take!;
    const reels: NonNullable<typeof recorder.reel>[] = [];
    const reasons: string[] = [];
    recorder.addEventListener('stop', ({ detail }) => reasons.push(detail.reason));
    await new Promise<void>((resolve) =>
      recorder.addEventListener('next', ({ detail }) => void (reels.push(detail.reel) === 2 && resolve())),
    );
    await stage.take!.recordFor(0.5);
    await recorder.stop();
    const files: string[] = [];
    for (const reel of [...reels, recorder.reel!]) files.push(await stage.base64(await reel.export()));
    return { files, reasons };
  });
  expect(reasons).toEqual(['stopped']);
  const movies = await Promise.all(files.map(movieOf));
  movies.forEach(expectPlayable);
  const firsts = movies.map(({ counters }) => counters[0]!);
  const lasts = movies.map(({ counters }) => counters.at(-1)!);
  // An engine may capture a picture twice.
  expect(firsts[1]).toBeGreaterThanOrEqual(lasts[0]!);
  expect(firsts[2]).toBeGreaterThanOrEqual(lasts[1]!);
});
