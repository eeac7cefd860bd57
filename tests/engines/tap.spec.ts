import type { TappedFrame } from '../../js/tap-messages.js';
import type { Tapped } from '../../js/taps.js';
import type { Engine } from './engine.js';
import { expect, test } from './fixtures.js';
import { expectCounted, expectInOrder, expectPlayable, finish, type Outcome } from './verdict.js';

declare global {
  /** The frames of the tap, beside the recorder. */
  var tapped: TappedFrame[];
}

/** Begins to record, and notes the frames of the tap from now on. Returns whether the recorder took the tap. */
async function begin(engine: Engine): Promise<boolean> {
  return engine.evaluate(async () => {
    const registry = (globalThis as { [key: symbol]: unknown })[Symbol.for('trackreel.taps')];
    const tap = (registry as WeakMap<MediaStreamTrack, Tapped>).get(stage.sender!.track)!;
    globalThis.tapped = [];
    const port = tap.subscribe();
    port.onmessage = ({ data }) => globalThis.tapped.push(data);
    let isTaken = false;
    const { postMessage } = Worker.prototype;
    Worker.prototype.postMessage = function (
      this: Worker,
      message: { ask?: { source?: object } },
      transfer: Transferable[] = [],
    ) {
      isTaken ||= message.ask?.source !== undefined && 'tap' in message.ask.source;
      postMessage.call(this, message, { transfer });
    } as Worker['postMessage'];
    await stage.begin({ freeze: 'keep' });
    return isTaken;
  });
}

/** Every frame that came since the key frame that the recorder asked for was recorded. */
async function expectAll(engine: Engine, source: 'webrtc' | 'hidden' = 'webrtc'): Promise<Outcome> {
  const countReceived = () =>
    engine.evaluate(() => {
      const since = tapped.slice(tapped.findIndex(({ type }) => type === 'key'));
      return new Set(since.map(({ rtp }) => rtp)).size;
    });
  const atLeast = await countReceived();
  const outcome = await finish(engine);
  const atMost = await countReceived();
  const { movie, progress } = outcome;
  expectPlayable(movie);
  expectInOrder(movie, source);
  expectCounted(outcome);
  expect(progress.drops.missed).toBe(0);
  // The last ones may be on their way.
  expect(progress.received).toBeGreaterThan(atLeast - 4);
  expect(progress.received).toBeLessThanOrEqual(atMost);
  return outcome;
}

for (const codec of ['VP8', 'VP9', 'H264', 'AV1'] as const) {
  test(`records every frame of a tapped connection: ${codec}`, async ({ engine, notes }) => {
    const source = await engine.evaluate((codec) => stage.connect(true, codec), codec);
    test.skip(source === 'canvas', `no connection of ${codec}`);
    const isTaken = await begin(engine);
    await engine.evaluate(() => stage.take!.recordFor(4));
    // Chromium keeps what an MP4 holds as it is received, and has frames of VP8 without a tap.
    const isKept = engine.name === 'chromium' && codec !== 'VP8';
    expect(isTaken).toBe(engine.name === 'firefox' || isKept);
    if (engine.name !== 'firefox') return expectCounted(await finish(engine));
    const { progress } = await expectAll(engine);
    const { frames, received, duration: time } = progress;
    notes.fact(`tapped ${codec}`, `${frames} of ${received} in ${time.toFixed(2)} s`);
  });
}

test('continues in a hidden tab with a tapped connection', async ({ engine }) => {
  test.skip(engine.name !== 'firefox', 'frames are taken from processors');
  await engine.evaluate(() => stage.connect(true));
  expect(await begin(engine)).toBe(true);
  await engine.evaluate(() => stage.take!.recordFor(1));
  await engine.hide();
  // A hidden page paints slowly, so frames are counted, not seconds.
  await engine.evaluate(async () => {
    const { frames } = stage.take!.recorder.progress;
    await stage.take!.reached((progress) => progress.frames >= frames + 5);
  });
  await engine.show();
  await engine.evaluate(() => stage.take!.recordFor(1));
  // A hidden canvas may be sent twice.
  await expectAll(engine, 'hidden');
});

test('a tap worker that ends is replaced, and the recording continues', async ({ engine }) => {
  test.skip(engine.name !== 'firefox', 'frames are taken from processors');
  await engine.evaluate(() => {
    const { Worker } = globalThis;
    globalThis.Worker = class extends Worker {
      constructor(at: string | URL, options?: WorkerOptions) {
        super(at, options);
        if (options?.name === 'trackreel-tap') Object.assign(globalThis, { tapWorker: this });
      }
    };
  });
  await engine.evaluate(() => stage.connect(true));
  expect(await begin(engine)).toBe(true);
  await engine.evaluate(() => stage.take!.recordFor(1));
  // The browser ends it: no event reports that.
  await engine.evaluate(() => (globalThis as unknown as { tapWorker: Worker }).tapWorker.terminate());
  await engine.evaluate(() => stage.take!.recordFor(2));
  const outcome = await finish(engine);
  expectPlayable(outcome.movie);
  expectInOrder(outcome.movie, 'webrtc');
  expectCounted(outcome);
});

// It stood still, without an event.
test('continues from a `<video>` when the page takes the frames for itself', async ({ engine }) => {
  test.skip(engine.name !== 'firefox', 'frames are taken from processors');
  await engine.evaluate(() => stage.connect(true));
  expect(await begin(engine)).toBe(true);
  await engine.evaluate(() => stage.take!.recordFor(1));
  const reason = await engine.evaluate(async () => {
    const lost = new Promise<string>((resolve) =>
      stage.take!.recorder.addEventListener('source', ({ detail }) => resolve(detail.reason)),
    );
    const registry = (globalThis as { [key: symbol]: unknown })[Symbol.for('trackreel.taps')];
    const { receiver } = (registry as WeakMap<MediaStreamTrack, Tapped>).get(stage.sender!.track)!;
    const code = 'onrtctransform = ({ transformer: t }) => t.readable.pipeTo(t.writable)';
    const passOn = new Worker(URL.createObjectURL(new Blob([code], { type: 'text/javascript' })));
    receiver.transform = new RTCRtpScriptTransform(passOn, {});
    return lost;
  });
  expect(reason).toBe('tap-lost');
  await engine.evaluate(() => stage.take!.recordFor(2));
  const outcome = await finish(engine);
  expectPlayable(outcome.movie);
  expectCounted(outcome);
});
