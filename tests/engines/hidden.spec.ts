import { connect, test } from './fixtures.js';
import { expectCounted, expectInOrder, expectPlayable, finish } from './verdict.js';

test('continues in a hidden tab', async ({ engine, notes }) => {
  await connect(engine, notes);
  await engine.evaluate(async () => {
    await stage.begin({ freeze: 'keep' });
    await stage.take!.goOn(1);
  });
  await engine.hide();
  const visibility = await engine.evaluate(() => document.visibilityState);
  if (visibility === 'visible') {
    await engine.show();
    notes.lacks('a way to hide the tab from its driver: another tab in front leaves it visible');
    test.skip(true, 'the tab stays visible');
  }
  // A page that nobody sees paints slowly, so frames are counted, not seconds.
  await engine.evaluate(async () => {
    const { frames } = stage.take!.recorder.progress;
    await stage.take!.reached((progress) => progress.frames >= frames + 5);
  });
  await engine.show();
  await engine.evaluate(() => stage.take!.goOn(1));
  const outcome = await finish(engine);
  expectPlayable(outcome.movie);
  expectInOrder(outcome.movie, 'hidden');
  expectCounted(outcome);
});
