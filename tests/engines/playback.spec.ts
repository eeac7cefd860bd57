import { connect, expect, test } from './fixtures.js';
import { finish } from './verdict.js';

test('plays its own file to the end', async ({ engine, notes }) => {
  await connect(engine, notes);
  await engine.evaluate(async () => {
    await stage.begin();
    await stage.take!.goOn(3);
  });
  const { progress } = await finish(engine);
  const played = await engine.evaluate(async () => stage.play(await stage.take!.recorder.export()));
  expect(played).toMatchObject({ width: progress.width, height: progress.height });
  // Engines count the last frame's own length or not.
  expect(Math.abs(played.duration - progress.time)).toBeLessThan(0.1);
  expect(Math.abs(played.end - progress.time)).toBeLessThan(0.1);
});
