import { expect, openLab, patchWorkers, test } from './support/fixtures.js';
import { begin, finish } from './support/take.js';
import type { Movie } from './support/movie.js';
import { droppedOf, expectPlayable } from './support/witness.js';

declare global {
  var clones: MediaStreamTrack[];
}

// The way round by a `<video>`, as in browsers that have nothing else; tests/engines/ has those.
const withoutProcessor = () => void Reflect.deleteProperty(globalThis, 'MediaStreamTrackProcessor');

/**
 * In order, and not twice each. A `<video>` does not guarantee more: on a busy machine it drops some by itself, and may show the
 * next picture already when it announces one, which is then there twice.
 */
function expectRising({ counters }: Movie): void {
  expect(counters).not.toContain(null);
  expect(counters).toEqual(counters.toSorted((one, next) => one! - next!));
  expect(new Set(counters).size, 'pictures that are there once').toBeGreaterThan(counters.length * 0.8);
}

test('without a processor, the frames come through a video', async ({ page }) => {
  await openLab(page);
  await page.evaluate(withoutProcessor);
  await begin(page);
  await page.evaluate(() => take.recordFor(3));
  const { movie, progress } = await finish(page);
  expectPlayable(movie);
  expectRising(movie);
  expect(progress.received).toBe(progress.frames + droppedOf(progress));
  expect(progress.frames).toBeGreaterThan(30);
  expect(await page.evaluate(() => lab.trackreel.Recorder.support())).toMatchObject({ capture: 'video' });
});

test('frames that a blocked page could not take are counted', async ({ page }) => {
  await openLab(page);
  await page.evaluate(withoutProcessor);
  await begin(page);
  const missed = await page.evaluate(async () => {
    await take.recordFor(1);
    const until = performance.now() + 2000;
    while (performance.now() < until);
    await take.dropped('missed', 1);
    await take.recordFor(1);
    return take.recorder.progress.drops.missed;
  });
  const { movie, progress } = await finish(page);
  expectPlayable(movie);
  expect(missed, 'of the 60 that were sent').toBeGreaterThan(20);
  expect(progress.received).toBe(progress.frames + droppedOf(progress));
  expect(progress.duration, 'the time that went by is in the file').toBeGreaterThan(3);
});

// A hidden page gets no callbacks.
test('a hidden page continues to record', async ({ page }) => {
  await openLab(page);
  await page.evaluate(() => {
    Reflect.deleteProperty(globalThis, 'MediaStreamTrackProcessor');
    HTMLVideoElement.prototype.requestVideoFrameCallback = () => 0;
    Object.defineProperty(document, 'hidden', { get: () => true });
  });
  await begin(page);
  await page.evaluate(() => take.recordFor(3));
  const { movie, progress } = await finish(page);
  expectPlayable(movie);
  const rising = movie.counters.filter((counter): counter is number => counter !== null);
  expect(rising).toEqual(rising.toSorted((one, next) => one - next));
  expect(new Set(rising).size, 'it moves').toBeGreaterThan(15);
  expect(progress.frames).toBeGreaterThan(30);
});

// The camera stayed on after a page had released its track.
test('a track that can not go to the worker is not left running, and the video is the way', async ({ page }) => {
  await openLab(page);
  await page.evaluate(() => {
    Reflect.deleteProperty(globalThis, 'MediaStreamTrackProcessor');
    const { clone } = MediaStreamTrack.prototype;
    globalThis.clones = [];
    MediaStreamTrack.prototype.clone = function () {
      clones.push(clone.call(this));
      return clones.at(-1)!;
    };
  });
  // It can't be transferred in this browser.
  await patchWorkers(
    page,
    () => void ((globalThis as { MediaStreamTrackProcessor?: unknown }).MediaStreamTrackProcessor = class {}),
  );
  await begin(page);
  await page.evaluate(() => take.recordFor(1));
  expect(await page.evaluate(() => clones.map(({ readyState }) => readyState))).toEqual(['ended']);
  const { movie } = await finish(page);
  expectPlayable(movie);
});

// Firefox's media time stays 0, and some browsers announce a picture twice: it was in the file twice, and all at the same time.
test('a media time that stays 0, and callbacks that repeat themselves', async ({ page }) => {
  await openLab(page);
  await page.evaluate(() => {
    Reflect.deleteProperty(globalThis, 'MediaStreamTrackProcessor');
    const { requestVideoFrameCallback } = HTMLVideoElement.prototype;
    let isRepeat = false;
    HTMLVideoElement.prototype.requestVideoFrameCallback = function (callback) {
      if (isRepeat) return 0;
      return requestVideoFrameCallback.call(this, (now, { rtpTimestamp: _, ...metadata }) => {
        callback(now, { ...metadata, mediaTime: 0 });
        isRepeat = true;
        callback(now + 1, { ...metadata, mediaTime: 0 });
        isRepeat = false;
      });
    };
  });
  await begin(page);
  await page.evaluate(() => take.recordFor(3));
  const { movie, progress } = await finish(page);
  expectPlayable(movie);
  expectRising(movie);
  expect(progress.received).toBe(progress.frames + droppedOf(progress));
  expect(progress.duration, 'at the pace at which they were shown').toBeGreaterThanOrEqual(3);
});

test('a recorder that can not be loaded whole reports it, and holds nothing', async ({ page }) => {
  await openLab(page);
  await page.route('**/pkg/video-capture.js', (route) =>
    route.fulfill({ contentType: 'text/javascript', body: 'oh no' }),
  );
  const failed = await page.evaluate(async () => {
    Reflect.deleteProperty(globalThis, 'MediaStreamTrackProcessor');
    const recorder = new lab.trackreel.Recorder(lab.loopback.stream);
    const error = await recorder.start().catch(({ code, name }) => `${name} ${code}`);
    return [error, recorder.state];
  });
  expect(failed).toEqual(['WorkerError worker-lost', 'inactive']);
});

test('a track that the page stops ends a recording through a video', async ({ page }) => {
  await openLab(page);
  await page.evaluate(withoutProcessor);
  await begin(page);
  const reported = await page.evaluate(async () => {
    await take.recordFor(1);
    const ended = lab.ended(take.recorder);
    take.recorder.track.stop();
    return ended;
  });
  expect(reported).toEqual(['track-ended']);
});

test('what a recording would use is reported before it begins', async ({ page }) => {
  await openLab(page);
  const found = await page.evaluate(async () => {
    const { Recorder } = lab.trackreel;
    const plain = ({ reason, ...support }: Awaited<ReturnType<typeof Recorder.support>>) => ({
      ...support,
      received: support.received.toSorted(),
      reason: reason && `${reason.name} ${reason.code}`,
    });
    return {
      usual: plain(await Recorder.support()),
      vp9: plain(await Recorder.support({ codec: 'vp9' })),
      webm: plain(await Recorder.support({ container: 'webm' })),
      frames: (await Recorder.support({ source: 'frames' })).received,
      disabled: plain(await Recorder.support({ enabled: false })),
      wrong: await Recorder.support({ codec: 'theora' as never }).catch((error) => error.code),
    };
  });
  const usual = {
    supported: true,
    reason: undefined,
    capture: 'processor',
    audio: 'processor',
    needsClick: false,
    codecs: ['h264', 'vp9', 'av1'],
    codec: 'avc1.64001f',
    received: ['av1', 'h264', 'vp9'],
    encoder: 'software',
    audioCodec: 'opus',
    storage: 'blobs',
  };
  expect(found.usual).toEqual(usual);
  const vp09 = expect.stringMatching(/^vp09\.00/);
  expect(found.vp9).toEqual({ ...usual, codec: vp09, received: ['vp9'] });
  const [codecs, received] = [expect.arrayContaining(['vp9', 'vp8', 'av1']), ['av1', 'vp8', 'vp9']];
  expect(found.webm).toEqual({ ...usual, codec: vp09, codecs, received });
  expect(found.frames).toEqual([]);
  expect(found.disabled).toEqual({ ...usual, supported: false, reason: 'DisabledError disabled' });
  expect(found.wrong).toBe('invalid-option');
});
