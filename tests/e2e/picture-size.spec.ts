import { expect, openLab, patchWorkers, test } from './support/fixtures.js';
import { readMovie } from './support/movie.js';
import { keepConnections } from './support/received.js';
import { expectPlayable, Witness } from './support/witness.js';

// Senders increase their size step by step: an hour of recording kept the 320×180 that it began with.
for (const codec of ['VP8', 'H264']) {
  test(`a ${codec} sender that goes from 320×180 to 1280×720 is recorded at 1280×720, whole`, async ({ page }) => {
    await keepConnections(page);
    await openLab(page, `codec=${codec}&width=1280&height=720&fps=15`);
    const scale = (by: number) =>
      page.evaluate(async (by) => {
        const sender = connections.flatMap((connection) => connection.getSenders()).find(({ track }) => track)!;
        const parameters = sender.getParameters();
        parameters.encodings[0]!.scaleResolutionDownBy = by;
        await sender.setParameters(parameters);
      }, by);
    const receives = (width: number) =>
      page.waitForFunction((width) => document.querySelector('video')!.videoWidth === width, width);
    await scale(4);
    await receives(320);
    const witness = await Witness.observe(page);
    await page.evaluate(async () => {
      globalThis.recorder = new lab.trackreel.Recorder(lab.loopback.stream);
      await recorder.start();
      await lab.reached(recorder, ({ duration: time, width }) => time >= 1 && width === 320);
    });
    const files: string[] = [];
    for (const [by, width, time] of [
      [2, 640, 2.5],
      [1, 1280, 4],
    ] as const) {
      await scale(by);
      files.push(
        await page.evaluate(
          async ({ width, time }) => {
            await lab.reached(recorder, (progress) => progress.width === width);
            // Right after it grew, while the earlier pictures are being re-encoded.
            const file = await lab.base64(await recorder.export());
            await lab.reached(recorder, (progress) => progress.duration >= time);
            return file;
          },
          { width, time },
        ),
      );
    }
    const { last, progress, reel } = await page.evaluate(async () => {
      await recorder.stop();
      const [reel] = await lab.trackreel.reels.list();
      const { width, height, frames, bytes, state } = reel!;
      const last = await lab.base64(await recorder.export());
      return { last, progress: recorder.progress, reel: { width, height, frames, bytes, state } };
    });
    files.push(last);
    const movies = await Promise.all(files.map((file) => readMovie(Buffer.from(file, 'base64'))));
    for (const [i, movie] of movies.entries()) {
      expectPlayable(movie);
      await witness.expectFaithful(movie, progress);
      expect([movie.stream.width, movie.stream.height]).toEqual(
        [
          [640, 360],
          [1280, 720],
          [1280, 720],
        ][i],
      );
      expect(movies.at(-1)!.counters.slice(0, movie.counters.length)).toEqual(movie.counters);
      expect(movies.at(-1)!.times.slice(0, movie.times.length)).toEqual(movie.times);
    }
    const { paused, maxFps, backpressure, encoder } = progress.drops;
    expect([paused, maxFps, backpressure, encoder]).toEqual([0, maxFps, 0, 0]);
    expect(movies.at(-1)!.counters.length).toBe(progress.frames);
    const { frames, bytes } = progress;
    expect(reel).toEqual({ width: 1280, height: 720, frames, bytes, state: 'complete' });
  });
}

// Encoders refuse sizes that are odd or below 16, and so did the recording.
test('pictures of the smallest, the oddest and the largest size are recorded and play', async ({ page }) => {
  await openLab(page);
  const recorded = await page.evaluate(async () => {
    const recorded = [];
    for (const [width, height, frames] of [
      [1, 1, 10],
      [333, 187, 10],
      [4096, 2304, 3],
    ] as const) {
      const generator = new MediaStreamTrackGenerator({ kind: 'video' });
      const writer = generator.writable.getWriter();
      const canvas = new OffscreenCanvas(width, height);
      const context = canvas.getContext('2d')!;
      const recorder = new lab.trackreel.Recorder(new MediaStream([generator]), { maxFps: Infinity });
      await recorder.start();
      for (let n = 0; n < frames; n++) {
        context.fillStyle = `hsl(${n * 30} 80% 50%)`;
        context.fillRect(0, 0, width, height);
        await writer.write(new VideoFrame(canvas, { timestamp: n * 40_000 }));
        await new Promise((resolve) => setTimeout(resolve, 40));
      }
      await recorder.stop();
      const blob = await recorder.export();
      const video = document.createElement('video');
      video.muted = true;
      video.src = URL.createObjectURL(blob);
      await new Promise((resolve, reject) => {
        video.onended = resolve;
        video.onerror = () => reject(new Error(video.error?.message));
        void video.play();
      });
      const plays = [video.videoWidth, video.videoHeight];
      recorded.push({
        plays,
        frames: [recorder.progress.frames, recorder.progress.received],
        file: await lab.base64(blob),
      });
    }
    return recorded;
  });
  const sizes = [
    [16, 16],
    [332, 186],
    [4096, 2304],
  ];
  for (const [i, { plays, frames, file }] of recorded.entries()) {
    const movie = await readMovie(Buffer.from(file, 'base64'));
    expectPlayable(movie);
    expect(plays).toEqual(sizes[i]);
    expect([movie.stream.width, movie.stream.height]).toEqual(sizes[i]);
    expect(frames[0]).toBe(frames[1]);
    expect(frames[0]).toBeGreaterThan(1);
    expect(movie.counters.length).toBe(frames[1]);
  }
});

test('where what came before can not be re-encoded, the file has two sizes and is whole', async ({ page }) => {
  await openLab(page);
  await patchWorkers(page, () => {
    const { decode } = VideoDecoder.prototype;
    VideoDecoder.prototype.decode = function (chunk) {
      decode.call(this, chunk);
      this.close();
    };
  });
  const { file, plays, progress } = await page.evaluate(async () => {
    const generator = new MediaStreamTrackGenerator({ kind: 'video' });
    const writer = generator.writable.getWriter();
    const recorder = new lab.trackreel.Recorder(new MediaStream([generator]), { maxFps: Infinity });
    await recorder.start();
    for (const [n, [width, height]] of [...Array(10).fill([320, 180]), ...Array(10).fill([640, 360])].entries()) {
      const canvas = new OffscreenCanvas(width, height);
      canvas.getContext('2d')!.fillRect(n * 9, 0, 9, height);
      await writer.write(new VideoFrame(canvas, { timestamp: n * 40_000 }));
      await new Promise((resolve) => setTimeout(resolve, 40));
    }
    await recorder.stop();
    const blob = await recorder.export();
    const video = document.createElement('video');
    video.muted = true;
    video.src = URL.createObjectURL(blob);
    await new Promise((resolve, reject) => {
      video.onended = resolve;
      video.onerror = () => reject(new Error(video.error?.message));
      void video.play();
    });
    const plays = [video.videoWidth, video.videoHeight];
    return { file: await lab.base64(blob), plays, progress: recorder.progress };
  });
  const movie = await readMovie(Buffer.from(file, 'base64'));
  expectPlayable(movie);
  expect(movie.counters.length).toBe(progress.frames);
  expect(progress).toMatchObject({ frames: progress.received, width: 640, height: 360 });
  expect(plays, 'at its end').toEqual([640, 360]);
});
