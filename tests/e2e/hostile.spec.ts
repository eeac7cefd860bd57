import type { Recorder } from '../../js/index.js';
import { expect, openLab, patchWorkers, test } from './support/fixtures.js';
import { readMovie } from './support/movie.js';
import { expectPlayable, Witness } from './support/witness.js';

test('a main thread that is blocked for 3 seconds loses no frame', async ({ page }) => {
  await openLab(page);
  const witness = await Witness.observe(page);
  const { file, progress, received } = await page.evaluate(async () => {
    const recorder = new lab.trackreel.Recorder(lab.loopback.stream, { maxFps: Infinity });
    await recorder.start();
    await lab.reached(recorder, (progress) => progress.duration >= 1);
    const before = recorder.progress.received;
    const until = performance.now() + 3000;
    while (performance.now() < until);
    await lab.reached(recorder, (progress) => progress.duration >= 5);
    await recorder.stop();
    const received = recorder.progress.received - before;
    return { file: await lab.base64(await recorder.export()), progress: recorder.progress, received };
  });
  const movie = await readMovie(Buffer.from(file, 'base64'));
  expectPlayable(movie);
  expect(await witness.expectFaithful(movie, progress)).toEqual([]);
  expect(progress.drops).toEqual({
    paused: 0,
    maxFps: 0,
    freeze: 0,
    backpressure: 0,
    encoder: 0,
    missed: 0,
    network: 0,
  });
  expect(received, 'frames came while the page was blocked').toBeGreaterThan(60);
});

declare global {
  /** How many frames the recording's worker has opened and closed, as it reports itself. */
  var frameCounts: { opened: number; closed: number };
  var recorder: Recorder;
}

test('every frame is closed', async ({ page }) => {
  await openLab(page);
  await patchWorkers(page, () => {
    const channel = new BroadcastChannel('frames');
    const counts = { opened: 0, closed: 0 };
    const closed = new WeakSet<VideoFrame>();
    const { close } = VideoFrame.prototype;
    VideoFrame.prototype.close = function () {
      if (!closed.has(this)) counts.closed++;
      closed.add(this);
      close.call(this);
      channel.postMessage(counts);
    };
    globalThis.VideoFrame = new Proxy(VideoFrame, {
      construct(target, args) {
        counts.opened++;
        return Reflect.construct(target, args);
      },
    });
    const { clone } = VideoFrame.prototype;
    VideoFrame.prototype.clone = function () {
      counts.opened++;
      return clone.call(this);
    };
    const { read } = ReadableStreamDefaultReader.prototype;
    ReadableStreamDefaultReader.prototype.read = async function () {
      const result = await read.call(this);
      if (result.value instanceof VideoFrame) counts.opened++;
      return result;
    };
  });
  const progress = await page.evaluate(async () => {
    new BroadcastChannel('frames').onmessage = ({ data }) => (globalThis.frameCounts = data);
    const recorder = new lab.trackreel.Recorder(lab.loopback.stream, { maxFps: 20 });
    await recorder.start();
    await lab.reached(recorder, (progress) => progress.duration >= 1);
    recorder.pause();
    await lab.reached(recorder, (progress) => progress.drops.paused > 5);
    recorder.resume();
    await lab.reached(recorder, (progress) => progress.duration >= 2);
    await recorder.export();
    await recorder.stop();
    return recorder.progress;
  });
  expect(progress.drops.maxFps).toBeGreaterThan(0);
  // Each frame that was encoded was opened twice: as it came, and with its time in the reel.
  await page.waitForFunction(
    (least) => frameCounts.opened >= least && frameCounts.closed === frameCounts.opened,
    progress.received + progress.frames,
    { timeout: 20_000 },
  );
});

test('a track that sends nothing can be stopped, and a start after it is a new reel', async ({ page }) => {
  await openLab(page);
  const { codes, frames, ids } = await page.evaluate(async () => {
    // A canvas that is not painted sends no frame.
    const silent = document.createElement('canvas');
    silent.getContext('2d');
    const recorder = new lab.trackreel.Recorder(silent.captureStream(0));
    const codes: string[] = [];
    await recorder.start();
    codes.push(await recorder.export().catch((error) => error.code));
    await recorder.stop();
    codes.push(await recorder.export().catch((error) => error.code));
    const live = new lab.trackreel.Recorder(lab.loopback.stream);
    const ids: string[] = [];
    for (let i = 0; i < 2; i++) {
      await live.start();
      ids.push(live.reel!.id);
      await lab.reached(live, (progress) => progress.frames >= 10);
      await live.stop();
    }
    const reels = await lab.trackreel.reels.list();
    return { codes, ids: [ids, reels.map(({ id }) => id).reverse()], frames: reels.map(({ frames }) => frames) };
  });
  expect(codes).toEqual(['nothing-recorded', 'nothing-recorded']);
  expect(ids[0]).toEqual(ids[1]);
  for (const count of frames) expect(count).toBeGreaterThanOrEqual(10);
});

test('two recorders of one track do not mix', async ({ page }) => {
  await openLab(page);
  const witness = await Witness.observe(page);
  const recordings = await page.evaluate(async () => {
    const recorders = ['h264', 'vp9'].map(
      (codec) => new lab.trackreel.Recorder(lab.loopback.stream, { codec: codec as 'h264' | 'vp9' }),
    );
    await Promise.all(recorders.map((recorder) => recorder.start()));
    await Promise.all(recorders.map((recorder) => lab.reached(recorder, ({ duration }) => duration >= 3)));
    await Promise.all(recorders.map((recorder) => recorder.stop()));
    return Promise.all(
      recorders.map(async (recorder) => ({
        file: await lab.base64(await recorder.export()),
        progress: recorder.progress,
      })),
    );
  });
  for (const [i, { file, progress }] of recordings.entries()) {
    const movie = await readMovie(Buffer.from(file, 'base64'));
    expectPlayable(movie);
    await witness.expectFaithful(movie, progress);
    expect(movie.stream.codec_name).toBe(['h264', 'vp9'][i]);
  }
});

/** A way to do to the worker's encoder what a browser does to it when it needs the codec elsewhere, or it breaks. */
const breakEncoders = () => {
  const Native = VideoEncoder;
  let current: { break(name: string): void };
  let brokenForGood = '';
  globalThis.VideoEncoder = class extends Native {
    #error: (error: DOMException) => void;

    constructor(init: VideoEncoderInit) {
      super(init);
      this.#error = init.error;
      // eslint-disable-next-line @typescript-eslint/no-this-alias -- the newest is broken from outside
      current = this;
    }

    override encode(frame: VideoFrame, options: VideoEncoderEncodeOptions) {
      super.encode(frame, options);
      if (brokenForGood) queueMicrotask(() => this.break(brokenForGood));
    }

    break(name: string) {
      if (this.state === 'closed') return;
      this.close();
      this.#error(new DOMException('on purpose', name));
    }
  };
  new BroadcastChannel('break').onmessage = ({ data: { name, forGood } }) => {
    if (forGood) brokenForGood = name;
    current.break(name);
  };
};

// A driver that failed once ended an hour's recording.
for (const name of ['QuotaExceededError', 'EncodingError', 'OperationError']) {
  test(`an encoder that the browser reclaims, or that breaks, is recreated (${name})`, async ({ page }) => {
    await openLab(page);
    const witness = await Witness.observe(page);
    await patchWorkers(page, breakEncoders);
    const { file, progress, reported } = await page.evaluate(async (name) => {
      const recorder = new lab.trackreel.Recorder(lab.loopback.stream);
      const ended = lab.ended(recorder);
      await recorder.start();
      for (const time of [1, 2]) {
        await lab.reached(recorder, (progress) => progress.duration >= time);
        new BroadcastChannel('break').postMessage({ name });
      }
      await lab.reached(recorder, (progress) => progress.duration >= 3);
      await recorder.stop();
      const reported = await ended;
      return { file: await lab.base64(await recorder.export()), progress: recorder.progress, reported };
    }, name);
    expect(reported).toEqual(['stopped']);
    const movie = await readMovie(Buffer.from(file, 'base64'));
    expectPlayable(movie);
    await witness.expectFaithful(movie, progress);
    expect(progress.drops.encoder, 'frames in the encoder are lost, and counted').toBeLessThan(30);
  });
}

test('encoders that break one after the other end the recording, and what was encoded is kept', async ({ page }) => {
  await openLab(page);
  await page.route('**/pkg/openh264.wasm', (route) => route.fulfill({ status: 404 }));
  const witness = await Witness.observe(page);
  await patchWorkers(page, breakEncoders);
  const { file, progress, reported } = await page.evaluate(async () => {
    const recorder = new lab.trackreel.Recorder(lab.loopback.stream);
    const ended = lab.ended(recorder);
    await recorder.start();
    await lab.reached(recorder, (progress) => progress.duration >= 1.5);
    new BroadcastChannel('break').postMessage({ name: 'EncodingError', forGood: true });
    const reported = await ended;
    return { file: await lab.base64(await recorder.export()), progress: recorder.progress, reported };
  });
  expect(reported).toEqual(['encoder-lost', 'error']);
  const movie = await readMovie(Buffer.from(file, 'base64'));
  expectPlayable(movie);
  await witness.expectFaithful(movie, progress);
});

test('a full disk ends the recording with an error, and nothing that was recorded is lost', async ({ page }) => {
  await openLab(page);
  const witness = await Witness.observe(page);
  const session = await page.context().newCDPSession(page);
  const origin = new URL(page.url()).origin;
  await session.send('Storage.overrideQuotaForOrigin', { origin, quotaSize: 300_000 });
  const { file, progress, reported, stop, state } = await page.evaluate(async () => {
    const recorder = new lab.trackreel.Recorder(lab.loopback.stream, { bitrate: 4_000_000 });
    const ended = lab.ended(recorder);
    await recorder.start();
    const reported = await ended;
    const stop = await recorder.stop().then(
      () => 'resolved',
      (error) => error.code,
    );
    const { state } = recorder;
    return { file: await lab.base64(await recorder.export()), progress: recorder.progress, reported, stop, state };
  });
  expect(reported).toEqual(['quota', 'error']);
  expect([stop, state]).toEqual(['quota', 'inactive']);
  const movie = await readMovie(Buffer.from(file, 'base64'));
  expectPlayable(movie);
  await witness.expectFaithful(movie, progress);
  expect(movie.counters.length).toBe(progress.frames);
});

test('pausing and resuming in a hurry loses nothing that is not counted', async ({ page }) => {
  await openLab(page);
  const witness = await Witness.observe(page);
  const { file, progress } = await page.evaluate(async () => {
    const recorder = new lab.trackreel.Recorder(lab.loopback.stream);
    await recorder.start();
    for (let i = 0; i < 40; i++) {
      await lab.reached(recorder, (progress) => progress.frames >= 1);
      recorder.pause();
      recorder.resume();
      recorder.pause();
      await new Promise(requestAnimationFrame);
      recorder.resume();
      await new Promise(requestAnimationFrame);
    }
    await lab.reached(recorder, (progress) => progress.duration >= 3);
    await recorder.stop();
    return { file: await lab.base64(await recorder.export()), progress: recorder.progress };
  });
  const movie = await readMovie(Buffer.from(file, 'base64'));
  expectPlayable(movie);
  await witness.expectFaithful(movie, progress);
  expect(progress.drops.encoder).toBe(0);
  expect(movie.counters.length).toBe(progress.frames);
});

test('a track that ends while recording starts ends the recording', async ({ page }) => {
  await openLab(page);
  const endings = await page.evaluate(async () => {
    const endings: string[] = [];
    for (let i = 0; i < 6; i++) {
      const canvas = document.createElement('canvas');
      canvas.getContext('2d')!.fillRect(0, 0, 50, 50);
      const stream = canvas.captureStream(30);
      const recorder = new lab.trackreel.Recorder(stream);
      const ended = lab.ended(recorder);
      const started = recorder.start();
      for (let turn = 0; turn < i * 3; turn++) await new Promise((resolve) => setTimeout(resolve));
      stream.getTracks()[0]!.stop();
      await started;
      endings.push(...(await ended));
    }
    return endings;
  });
  expect(endings).toEqual(Array(6).fill('track-ended'));
});

// A static picture that was rotated has the same pixels: the rotated frames were dropped as repeats.
for (const freeze of ['keep', 'cut'] as const) {
  test(`a turned picture is set upright, and one of another shape is letterboxed (${freeze})`, async ({ page }) => {
    await openLab(page);
    const { size, first, last, progress } = await page.evaluate(async (freeze) => {
      const generator = new MediaStreamTrackGenerator({ kind: 'video' });
      const writer = generator.writable.getWriter();
      const canvas = new OffscreenCanvas(640, 360);
      const context = canvas.getContext('2d')!;
      const recorder = new lab.trackreel.Recorder(new MediaStream([generator]), { freeze });
      await recorder.start();
      const send = async (count: number, rotation: 0 | 90) => {
        // The left of a picture is on top once it is rotated by 90°.
        for (const [colour, x] of [
          ['#f00', 0],
          ['#00f', 320],
        ] as const) {
          context.fillStyle = colour;
          context.fillRect(x, 0, 320, 360);
        }
        for (let i = 0; i < count; i++) {
          const timestamp = performance.now() * 1000;
          await writer.write(new VideoFrame(canvas, { timestamp, rotation }));
          await new Promise((resolve) => setTimeout(resolve, 40));
        }
      };
      await send(30, 90);
      await send(30, 0);
      await recorder.stop();
      const video = document.createElement('video');
      video.muted = true;
      video.src = URL.createObjectURL(await recorder.export());
      await new Promise((resolve) => (video.onloadeddata = resolve));
      const colours = async (time: number) => {
        video.currentTime = time;
        await new Promise((resolve) => (video.onseeked = resolve));
        const picture = new OffscreenCanvas(video.videoWidth, video.videoHeight).getContext('2d', {
          willReadFrequently: true,
        })!;
        picture.drawImage(video, 0, 0);
        const at = (x: number, y: number) => {
          const [red, green, blue] = picture.getImageData(x, y, 1, 1).data;
          return [red! > 128 ? 'red' : '', green! > 128 ? 'green' : '', blue! > 128 ? 'blue' : ''].join('') || 'black';
        };
        return { top: at(180, 20), bottom: at(180, 620), left: at(20, 320), right: at(340, 320) };
      };
      const size = [video.videoWidth, video.videoHeight];
      const [first, last] = [await colours(0.01), await colours(video.duration - 0.01)];
      return { size, first, last, progress: recorder.progress };
    }, freeze);
    expect(size).toEqual([360, 640]);
    expect(first).toMatchObject({ top: 'red', bottom: 'blue' });
    expect(last).toEqual({ top: 'black', bottom: 'black', left: 'red', right: 'blue' });
    expect(progress.drops.encoder).toBe(0);
  });
}

// A call overtook the frames that were still on their way to a busy worker, and they were lost.
test('a worker that is behind loses no frame that came before stop()', async ({ page }) => {
  await openLab(page);
  const witness = await Witness.observe(page);
  await patchWorkers(page, () => {
    new BroadcastChannel('block').onmessage = () => {
      const until = performance.now() + 1600;
      while (performance.now() < until);
    };
  });
  await page.evaluate(async () => {
    globalThis.recorder = new lab.trackreel.Recorder(lab.loopback.stream, { maxFps: Infinity });
    await recorder.start();
    await lab.reached(recorder, (progress) => progress.duration >= 1);
    new BroadcastChannel('block').postMessage(null);
  });
  const before = (await witness.counters()).length;
  await expect.poll(async () => (await witness.counters()).length, { intervals: [50] }).toBeGreaterThan(before + 25);
  const last = (await witness.counters()).at(-1)!;
  const { file, progress } = await page.evaluate(async () => {
    await recorder.stop();
    return { file: await lab.base64(await recorder.export()), progress: recorder.progress };
  });
  const movie = await readMovie(Buffer.from(file, 'base64'));
  expectPlayable(movie);
  expect(await witness.expectFaithful(movie, progress)).toEqual([]);
  expect(movie.counters.at(-1)).toBeGreaterThanOrEqual(last);
});
