import { expect, openLab, patchWorkers, test } from './support/fixtures.js';

test('a reel is resumed by an option, found by its id, and ended with its block', async ({ page }) => {
  await openLab(page);
  const result = await page.evaluate(async () => {
    const { Recorder, reels } = lab.trackreel;
    const first = new Recorder(lab.loopback.stream);
    await first.start({});
    await lab.reached(first, ({ frames }) => frames > 10);
    await first[Symbol.asyncDispose]();
    const states: string[] = [first.state];
    // Nothing is on.
    await first[Symbol.asyncDispose]();
    const reel = await reels.get(first.reel!.id);
    const none = await reels.get('none');
    const second = new Recorder(lab.loopback.stream);
    await second.start({ reel });
    states.push(second.state, second.reel!.id === reel!.id ? 'the same' : 'another');
    await lab.reached(second, ({ frames }) => frames > 30);
    await second.stop();
    const file = await second.export();
    const form = new FormData();
    form.append('recording', file);
    const sent = form.get('recording') as File;
    const refusals = [];
    const wrong = [{ reel: 7 }, 1000, { reel, signal: 'now' }, { reel, sginal: undefined }, { timeslice: 1000 }];
    for (const options of wrong) {
      refusals.push(await second.start(options as never).catch(({ code, message }) => `${code}: ${message}`));
    }
    try {
      lab.trackreel.download(undefined as never);
    } catch (error) {
      const { code, message } = error as InstanceType<typeof lab.trackreel.TrackreelError>;
      refusals.push(`${code}: ${message}`);
    }
    return {
      states,
      none: none === undefined,
      file: { isFile: file instanceof File, type: file.type, sent: sent.name === file.name, name: file.name },
      age: Date.now() - file.lastModified,
      refusals,
    };
  });
  expect(result.states).toEqual(['inactive', 'recording', 'the same']);
  expect(result.none).toBe(true);
  expect(result.file).toMatchObject({ isFile: true, type: 'video/mp4', sent: true });
  expect(result.file.name).toMatch(/^recording-\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d(-\d+)?\.mp4$/);
  expect(Math.abs(result.age)).toBeLessThan(3_600_000);
  expect(result.refusals).toEqual([
    'invalid-option: start() takes a Reel, its id, or { reel, signal }, not a number',
    'invalid-option: start() takes a Reel, its id, or { reel, signal }, not a number',
    'invalid-option: signal must be an AbortSignal',
    "invalid-option: start() takes reel and signal, not 'sginal'",
    "invalid-option: start() takes reel and signal, not 'timeslice'",
    'invalid-option: download() takes a File or a Blob, as export() gives, not undefined',
  ]);
});

// A clock on the page stayed at 10.1 s beside a file of 10.27 s.
test('the last progress is that of the end', async ({ page }) => {
  await openLab(page);
  const { events, stopped, duration } = await page.evaluate(async () => {
    const recorder = new lab.trackreel.Recorder(lab.loopback.stream);
    const events: unknown[] = [];
    recorder.addEventListener('progress', ({ detail }) => events.push(detail));
    const stopped = new Promise((resolve) =>
      recorder.addEventListener('stop', ({ detail }) => resolve(detail.progress)),
    );
    await recorder.start();
    await lab.reached(recorder, ({ frames }) => frames > 20);
    await recorder.stop();
    return { events, stopped: await stopped, duration: (await recorder.export()).end };
  });
  expect(events.at(-1)).toEqual(stopped);
  expect(stopped).toMatchObject({ duration });
});

test('a start that is aborted leaves nothing, and the next one records', async ({ page }) => {
  // An encoder that is never asked whether it is there.
  await patchWorkers(page, () => {
    const ask = VideoEncoder.isConfigSupported;
    const wait = new BroadcastChannel('wait');
    let isHeld = true;
    wait.onmessage = () => (isHeld = false);
    VideoEncoder.isConfigSupported = async (config) => {
      while (isHeld) await new Promise((resolve) => setTimeout(resolve, 10));
      return ask.call(VideoEncoder, config);
    };
  });
  await openLab(page);
  const { early, late, states, frames } = await page.evaluate(async () => {
    const recorder = new lab.trackreel.Recorder(lab.loopback.stream);
    const failure = (signal: AbortSignal) => recorder.start({ signal }).catch((error) => String(error));
    const early = await failure(AbortSignal.abort(new Error('before')));
    const aborter = new AbortController();
    const starting = failure(aborter.signal);
    const states: string[] = [recorder.state];
    aborter.abort(new Error('enough'));
    const late = await starting;
    states.push(recorder.state);
    const wait = new BroadcastChannel('wait');
    const again = recorder.start();
    const timer = setInterval(() => wait.postMessage(null), 20);
    await again;
    clearInterval(timer);
    await lab.reached(recorder, ({ frames }) => frames > 10);
    await recorder.stop();
    return { early, late, states, frames: (await lab.trackreel.reels.list()).map((reel) => reel.frames > 10) };
  });
  expect([early, late]).toEqual(['Error: before', 'Error: enough']);
  expect(states).toEqual(['starting', 'inactive']);
  expect(frames).toEqual([true]);
});
