import { connect, expect, test } from './fixtures.js';
import type { Engine } from './engine.js';
import { expectInOrder, expectPlayable, movieOf } from './verdict.js';

/** Records until this many frames are on disk, and reloads the page; returns the reel's id, and how many were there. */
async function recordAndReload(engine: Engine, frames: number): Promise<{ id: string; stored: number }> {
  const before = await engine.evaluate(async (frames) => {
    await stage.begin({ freeze: 'keep' });
    const { recorder } = stage.take!;
    const { id } = recorder.reel!;
    for (;;) {
      await new Promise((resolve) => recorder.addEventListener('progress', resolve, { once: true }));
      const reel = (await stage.trackreel.reels.list()).find((one) => one.id === id);
      if (reel && reel.frames >= frames) return { id, stored: reel.frames, state: reel.state };
    }
  }, frames);
  expect(before.state).toBe('live');
  await engine.reload();
  return before;
}

/** The only reel on disk. */
function recover(engine: Engine): Promise<{ id: string; state: string; frames: number; file: string }> {
  return engine.evaluate(async () => {
    const found = await stage.trackreel.reels.list();
    if (found.length !== 1) throw new Error(`there are ${found.length} reels`);
    const { id, state, frames } = found[0]!;
    return { id, state, frames, file: await stage.base64(await found[0]!.export()) };
  });
}

test('keeps an exportable reel when the page is reloaded', async ({ engine, notes }) => {
  const source = await connect(engine, notes);
  const { id, stored } = await recordAndReload(engine, 45);
  const reel = await recover(engine);
  expect([reel.id, reel.state]).toEqual([id, 'interrupted']);
  expect(reel.frames, 'frames on disk stay there').toBeGreaterThanOrEqual(stored);
  const movie = await movieOf(reel.file);
  expectPlayable(movie);
  expectInOrder(movie, source);
  expect(movie.counters.length).toBe(reel.frames);
});

test('resumes an interrupted reel', async ({ engine, notes }) => {
  await connect(engine, notes);
  await recordAndReload(engine, 45);
  const before = await movieOf((await recover(engine)).file);
  await connect(engine, notes);
  await engine.evaluate(async () => {
    const [reel] = await stage.trackreel.reels.list();
    await stage.resume(reel!);
    await stage.take!.recordFor(1);
    await stage.take!.recorder.stop();
  });
  const after = await recover(engine);
  expect(after.state).toBe('complete');
  const movie = await movieOf(after.file);
  expectPlayable(movie);
  expect(movie.counters).not.toContain(null);
  expect(movie.counters.length).toBeGreaterThan(before.counters.length);
  expect(movie.counters.slice(0, before.counters.length), 'the earlier frames').toEqual(before.counters);
});
