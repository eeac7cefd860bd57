import { connect, expect, test } from './fixtures.js';
import { expectInOrder, expectPlayable, finish, movieOf } from './verdict.js';

test('exports during the recording; the second file contains the first', async ({ engine, notes }) => {
  const source = await connect(engine, notes);
  const file = await engine.evaluate(async () => {
    await stage.begin({ freeze: 'keep' });
    const take = stage.take!;
    // Past the opening's first key frame, so that there is a segment on disk and one open.
    await take.goOn(3);
    const file = await stage.base64(await take.recorder.export());
    await take.goOn(1);
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
