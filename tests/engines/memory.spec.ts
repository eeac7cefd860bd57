import { launch } from './drivers/firefox.js';
import { connect, expect, test } from './fixtures.js';
import { expectInOrder, expectPlayable, finish, movieOf } from './verdict.js';

test('records in memory', async ({ engine, notes }) => {
  const source = await connect(engine, notes);
  const before = await engine.evaluate(async () => {
    await stage.begin({ storage: 'memory' });
    await stage.take!.recordFor(3);
    return (await stage.trackreel.reels.list()).length;
  });
  expect(before).toBe(0);
  const { movie } = await finish(engine);
  expectPlayable(movie);
  expectInOrder(movie, source);
});

// There a MediaRecorder records, and this did not.
test('records in a frame without an origin', async ({ engine }) => {
  const result = await engine.evaluate(async () => {
    const frame = document.createElement('iframe');
    frame.setAttribute('sandbox', 'allow-scripts');
    frame.src = location.href;
    const heard = () =>
      new Promise((resolve) => addEventListener('message', ({ data }) => resolve(data), { once: true }));
    const ready = heard();
    document.body.append(frame);
    await ready;
    const answer = heard();
    const record = async () => {
      // The sender's own workers can't be started there.
      const canvas = document.createElement('canvas');
      const context = canvas.getContext('2d')!;
      let n = 0;
      const timer = setInterval(() => context.fillRect((n++ * 20) % 300, 0, 20, 150), 40);
      const { Recorder } = stage.trackreel;
      const { supported, storage } = await Recorder.support();
      const recorder = new Recorder(canvas.captureStream(25), { freeze: 'keep' });
      await recorder.start();
      await new Promise<void>((resolve) =>
        recorder.addEventListener('progress', ({ detail }) => detail.duration > 2 && resolve()),
      );
      await recorder.stop();
      clearInterval(timer);
      return { origin: globalThis.origin, supported, storage, file: await stage.base64(await recorder.export()) };
    };
    frame.contentWindow!.postMessage(String(record), '*');
    return (await answer) as Record<'origin' | 'supported' | 'storage' | 'file' | 'failed', string>;
  });
  expect(result).toMatchObject({ origin: 'null', supported: true, storage: 'memory' });
  expectPlayable(await movieOf(result.file));
});

test('records in memory where the browser refuses storage', async ({ engineName }) => {
  test.skip(engineName !== 'firefox', 'no preference of a driver refuses storage there');
  const engine = await launch({ preferences: { 'network.cookie.cookieBehavior': 2 } });
  try {
    await engine.open(process.env.TRACKREEL_ENGINES!);
    const result = await engine.evaluate(async () => {
      await stage.connect();
      const { Recorder, reels } = stage.trackreel;
      const { storage } = await Recorder.support();
      const listed = await reels.list().catch((error) => error.code);
      await stage.begin({ freeze: 'keep' });
      await stage.take!.recordFor(2);
      await stage.take!.recorder.stop();
      return { storage, listed, file: await stage.base64(await stage.take!.recorder.export()) };
    });
    expect(result).toMatchObject({ storage: 'memory', listed: 'storage' });
    expectPlayable(await movieOf(result.file));
  } finally {
    await engine.close();
  }
});
