import type { TappedFrame } from '../../js/tap-messages.js';
import type { Tapped } from '../../js/taps.js';
import type { Engine } from './engine.js';
import { connect, expect, test } from './fixtures.js';
import { expectCounted, expectInOrder, expectPlayable, finish } from './verdict.js';

declare global {
  /** What the tap gives beside the recorder. */
  var tapped: TappedFrame[];
}

/** Begins to record, and notes from now on what the tap gives. */
async function begin(engine: Engine): Promise<string[]> {
  return engine.evaluate(async () => {
    const registry = (globalThis as { [key: symbol]: unknown })[Symbol.for('trackreel.taps')];
    const tap = (registry as WeakMap<MediaStreamTrack, Tapped>).get(stage.sender!.track)!;
    globalThis.tapped = [];
    const port = tap.subscribe();
    port.onmessage = ({ data }) => globalThis.tapped.push(data);
    const sent = stage.spyOnTransfers();
    await stage.begin({ freeze: 'keep' });
    return sent();
  });
}

/** Every frame that came since the key frame that the recorder asked for was recorded. */
async function expectAll(engine: Engine): Promise<void> {
  const came = () => engine.evaluate(() => tapped.slice(tapped.findIndex(({ type }) => type === 'key')).length);
  const atLeast = await came();
  const outcome = await finish(engine);
  const atMost = await came();
  const { movie, progress } = outcome;
  expectPlayable(movie);
  expectInOrder(movie, 'webrtc');
  expectCounted(outcome);
  expect(progress.drops).toMatchObject({ missed: 0, backpressure: 0, encoder: 0 });
  // The last ones may be on their way.
  expect(progress.received).toBeGreaterThan(atLeast - 4);
  expect(progress.received).toBeLessThanOrEqual(atMost);
}

test('records every frame of a connection that is tapped', async ({ engine, notes }) => {
  if ((await connect(engine, notes, true)) === 'canvas') test.skip(true, 'there is no connection');
  const sent = await begin(engine);
  await engine.evaluate(() => stage.take!.goOn(4));
  const progress = await engine.evaluate(() => stage.take!.recorder.progress);
  notes.fact('tapped', `${progress.frames} of ${progress.received} in ${progress.time.toFixed(2)} s`);
  expect(sent).toEqual([{ chromium: 'ReadableStream', firefox: 'MessagePort', webkitgtk: '' }[engine.name]]);
  if (engine.name === 'firefox') await expectAll(engine);
  else expectCounted(await finish(engine));
});
