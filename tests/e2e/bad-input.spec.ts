import { expect, openLab, patchWorkers, test } from './support/fixtures.js';

/** What a call throws or rejects with, as plain data. */
declare global {
  var failure: (call: () => unknown) => Promise<{ class: string; code: string; message: string } | 'no error'>;
}

test.beforeEach(async ({ page }) => {
  await openLab(page);
  await page.evaluate(() => {
    globalThis.failure = async (call) => {
      try {
        await call();
        return 'no error';
      } catch (error) {
        const { TrackreelError } = lab.trackreel;
        if (!(error instanceof TrackreelError)) throw error;
        return { class: error.name, code: error.code, message: error.message };
      }
    };
  });
});

test('a source that is no live track', async ({ page }) => {
  const failures = await page.evaluate(async () => {
    const { Recorder } = lab.trackreel;
    const make = (source: unknown) => failure(() => new Recorder(source as MediaStream));
    const { stream: audio } = new AudioContext().createMediaStreamDestination();
    const ended = document.createElement('canvas').captureStream();
    ended.getTracks()[0]!.stop();
    return {
      undefined: await make(undefined),
      string: await make('stream'),
      element: await make(document.querySelector('video')),
      empty: await make(new MediaStream()),
      unheard: await failure(() => new Recorder(audio, { audio: false }).start()),
      ended: await failure(() => new Recorder(ended).start()),
    };
  });
  for (const failure of Object.values(failures)) {
    expect(failure).toMatchObject({ class: 'SourceError', code: 'invalid-source' });
  }
  expect(failures.string).toMatchObject({
    message: 'the source must be a MediaStream, a MediaStreamTrack or an array of tracks, not a string',
  });
  expect(failures.unheard).toMatchObject({ message: 'the track is an audio track, and the option audio is off' });
  expect(failures.ended).toMatchObject({ message: 'the track has ended already' });
});

// tests/node/option-kinds.test.ts has a table of names and types, src/options.rs of what each option refuses, and tests/node/ of what an environment gives.
test('wrong options are refused by the constructor if their name or type is wrong, else at the start', async ({
  page,
}) => {
  const { failures, reels, after } = await page.evaluate(async () => {
    const { Recorder, optionsFromEnv, reels } = lab.trackreel;
    const wrong = [{ maxFPS: 30 }, { maxFps: '30' }];
    const wrongValues = [{ maxFps: 0 }, { ...optionsFromEnv({ VITE_RECORDING_MAX_LENGTH: '1M' }), codec: 'auto' }];
    const failures = [];
    for (const options of wrong)
      failures.push(await failure(() => new Recorder(lab.loopback.stream, options as object)));
    for (const options of wrongValues) {
      const recorder = new Recorder(lab.loopback.stream, options as object);
      failures.push(await failure(() => recorder.start()));
    }
    const stored = (await reels.list()).length;
    // The track still works.
    const recorder = new Recorder(lab.loopback.stream, {});
    await recorder.start();
    await lab.reached(recorder, (progress) => progress.frames > 5);
    await recorder.stop();
    return { failures, reels: stored, after: recorder.state };
  });
  expect(failures).toEqual(
    [
      'maxFPS: 30 is not valid; it must be named maxFps',
      "maxFps: '30' is not valid; it must be a number",
      'maxFps: 0 is not valid; it must be a positive number of frames per second, or Infinity',
      expect.stringMatching(/^VITE_RECORDING_MAX_LENGTH: '1M' is not valid; it must be a length such as/),
    ].map((message) => ({ class: 'OptionError', code: 'invalid-option', message })),
  );
  expect(reels, 'nothing was stored').toBe(0);
  expect(after).toBe('inactive');
});

test('a recorder that is switched off takes nothing, stores nothing, and reports it', async ({ page }) => {
  const { failures, states, reels } = await page.evaluate(async () => {
    const { Recorder, optionsFromEnv, reels } = lab.trackreel;
    const off = [{ enabled: false }, optionsFromEnv({ VITE_RECORDING_ENABLED: 'off' })];
    const recorders = off.map((options) => new Recorder(lab.loopback.stream, options));
    const failures = [];
    for (const recorder of recorders) failures.push(await failure(() => recorder.start()));
    const states = recorders.map((recorder) => [recorder.state, recorder.reel]);
    return { failures, states, reels: (await reels.list()).length };
  });
  for (const failure of failures) {
    expect(failure).toEqual({
      class: 'DisabledError',
      code: 'disabled',
      message: 'recording is disabled by the option enabled or the variable RECORDING_ENABLED',
    });
  }
  expect(states).toEqual(Array(2).fill(['inactive', undefined]));
  expect(reels).toBe(0);
});

test('calls in a wrong state, and calls made twice', async ({ page }) => {
  const result = await page.evaluate(async () => {
    const recorder = new lab.trackreel.Recorder(lab.loopback.stream);
    const stopFirst = await failure(() => recorder.stop());
    const exportFirst = await failure(() => recorder.export());
    const noReel = await failure(() => recorder.start(new Event('click') as never));
    const starting = recorder.start();
    const startWhileStarting = await failure(() => recorder.start());
    await starting;
    const startTwice = await failure(() => recorder.start());
    await lab.reached(recorder, (progress) => progress.frames > 5);
    const deleteLive = await failure(() => recorder.reel!.delete());
    const stops = await Promise.all([recorder.stop(), recorder.stop()].map((stop) => failure(() => stop)));
    stops.push(await failure(() => recorder.stop()));
    // A button that was pressed twice quickly started a recording that could not be stopped.
    const hasty = new lab.trackreel.Recorder(lab.loopback.stream);
    const [start, stop] = [failure(() => hasty.start()), failure(() => hasty.stop())];
    const hastyResults = [hasty.state, await start, await stop, hasty.state];
    const wrong = new lab.trackreel.Recorder(lab.loopback.stream, { maxFps: -1 });
    const [wrongStart, wrongStop] = await Promise.all([failure(() => wrong.start()), failure(() => wrong.stop())]);
    return {
      hastyResults,
      wrongStart,
      wrongStop,
      stopFirst,
      exportFirst,
      noReel,
      startWhileStarting,
      startTwice,
      deleteLive,
      stops,
      state: recorder.state,
    };
  });
  expect(result.stopFirst).toMatchObject({ code: 'invalid-state' });
  expect(result.exportFirst).toMatchObject({ code: 'nothing-recorded' });
  expect(result.noReel).toMatchObject({
    code: 'invalid-option',
    message: 'start() takes a Reel, its id, or { reel, signal }, not Event',
  });
  expect(result.startWhileStarting).toMatchObject({ code: 'invalid-state' });
  expect(result.startTwice).toMatchObject({
    code: 'invalid-state',
    message: 'start() was called while recording: stop() comes first',
  });
  expect(result.deleteLive).toMatchObject({ code: 'invalid-state' });
  expect(result.stops).toEqual(['no error', 'no error', 'no error']);
  expect(result.state).toBe('inactive');
  expect(result.hastyResults).toEqual(['starting', 'no error', 'no error', 'inactive']);
  expect([result.wrongStart, result.wrongStop]).toMatchObject([{ code: 'invalid-option' }, 'no error']);
});

test('a browser without WebCodecs', async ({ page }) => {
  await page.route('**/pkg/openh264.wasm', (route) => route.fulfill({ status: 404 }));
  await patchWorkers(page, () => void Reflect.deleteProperty(globalThis, 'VideoEncoder'));
  const failed = await page.evaluate(() => failure(() => new lab.trackreel.Recorder(lab.loopback.stream).start()));
  expect(failed).toMatchObject({
    code: 'unsupported',
    message: expect.stringMatching(/^this browser can't record: it has no VideoEncoder \(WebCodecs\); OpenH264: .*404/),
  });
});

// OpenH264 encodes without `VideoEncoder`, but its chunks are WebCodecs' too. Older versions of Firefox have none of it.
test('a browser with nothing of WebCodecs', async ({ page }) => {
  await patchWorkers(page, () => {
    for (const name of ['VideoEncoder', 'VideoDecoder', 'VideoFrame', 'EncodedVideoChunk'])
      Reflect.deleteProperty(globalThis, name);
  });
  const [failed, reason] = await page.evaluate(async () => {
    const { Recorder } = lab.trackreel;
    const { reason } = await Recorder.support();
    return [await failure(() => new lab.trackreel.Recorder(lab.loopback.stream).start()), `${reason}`];
  });
  const message = "this browser can't record: it has no VideoEncoder (WebCodecs)";
  expect(failed).toMatchObject({ code: 'unsupported', message });
  expect(reason).toBe(`UnsupportedError: ${message}`);
});

// Without https the error blamed missing Web Locks.
test('a page that is not secure', async ({ page }) => {
  const empty = { contentType: 'text/html', body: '<!doctype html>' };
  await page.route('http://insecure.test/**', (route) =>
    route.request().url().includes('/pkg/') ? route.fallback() : route.fulfill(empty),
  );
  const report = async () => {
    const module = '/pkg/index.js';
    const { Recorder }: typeof lab.trackreel = await import(module);
    const { supported, reason } = await Recorder.support();
    const canvas = document.createElement('canvas');
    canvas.getContext('2d');
    const code = await new Recorder(canvas.captureStream()).start().catch((error) => error.code);
    return { supported, reason: `${reason}`, code };
  };
  await page.goto('http://insecure.test/');
  const secure = 'UnsupportedError: the page is not secure: it needs https, or localhost';
  expect(await page.evaluate(report)).toEqual({ supported: false, reason: secure, code: 'unsupported' });
});

test('a browser that gives no page frames', async ({ page }) => {
  const failed = await page.evaluate(() => {
    Reflect.deleteProperty(globalThis, 'MediaStreamTrackProcessor');
    Reflect.deleteProperty(HTMLVideoElement.prototype, 'requestVideoFrameCallback');
    return failure(() => new lab.trackreel.Recorder(lab.loopback.stream).start());
  });
  expect(failed).toMatchObject({ code: 'unsupported', message: 'this browser gives no frames of a track' });
});

test('a worker that crashes is reported, and what was stored stays', async ({ page }) => {
  await patchWorkers(page, () => {
    new BroadcastChannel('crash').onmessage = () => {
      throw new Error('crashed on purpose');
    };
  });
  const result = await page.evaluate(async () => {
    const recorder = new lab.trackreel.Recorder(lab.loopback.stream);
    await recorder.start();
    await lab.reached(recorder, (progress) => progress.duration > 4.5);
    const ended = lab.ended(recorder);
    new BroadcastChannel('crash').postMessage(null);
    const reported = await ended;
    const blob = await recorder.export();
    const [reel] = await lab.trackreel.reels.list();
    const agrees = reel!.frames === recorder.progress.frames && recorder.reel!.duration === reel!.duration;
    return { reported, type: blob.type, state: recorder.state, agrees };
  });
  expect(result).toEqual({ reported: ['worker-lost', 'error'], type: 'video/mp4', state: 'inactive', agrees: true });
});
