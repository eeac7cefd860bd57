import { expect, openLab, test } from './support/fixtures.js';
import { readMovie } from './support/movie.js';
import { expectPlayable } from './support/witness.js';
import type { RecorderOptions, Scaled } from '../../js/index.js';

// A screen of 5120×2880 was an error of the encoder's, and nothing of it was recorded: H.264's encoders refuse more than 9,437,184 pixels.
for (const { frames, options, size, codec, scaled } of [
  { frames: [5120, 2880], options: {}, size: [5120, 2880], codec: 'vp9', scaled: false },
  { frames: [5120, 2880], options: { codec: 'h264' }, size: [4096, 2304], codec: 'h264', scaled: true },
  { frames: [8192, 4320], options: {}, size: [8192, 4320], codec: 'vp9 or av1', scaled: false },
  { frames: [640, 360], options: { height: 720 }, size: [1280, 720], codec: 'h264', scaled: false },
  { frames: [1920, 1080], options: { maxHeight: 720 }, size: [1280, 720], codec: 'h264', scaled: false },
  { frames: [640, 480], options: { width: 1280, height: 720 }, size: [1280, 720], codec: 'h264', scaled: false },
] satisfies { options: RecorderOptions; [name: string]: unknown }[]) {
  const description = JSON.stringify(options);
  test(`pictures of ${frames.join('×')} with ${description} are recorded at ${size.join('×')}`, async ({ page }) => {
    await openLab(page);
    const { file, progress, reported } = await page.evaluate(
      async ({ frames: [width, height], options }) => {
        const generator = new MediaStreamTrackGenerator({ kind: 'video' });
        const writer = generator.writable.getWriter();
        const canvas = new OffscreenCanvas(width!, height!);
        const context = canvas.getContext('2d')!;
        const recorder = new lab.trackreel.Recorder(new MediaStream([generator]), { maxFps: Infinity, ...options });
        const reported: Scaled[] = [];
        recorder.addEventListener('scaled', ({ detail }) => reported.push(detail));
        await recorder.start();
        for (let n = 0; n < 4; n++) {
          context.fillStyle = `hsl(${n * 30} 80% 50%)`;
          context.fillRect(0, 0, width!, height!);
          await writer.write(new VideoFrame(canvas, { timestamp: n * 100_000 }));
          const { received } = recorder.progress;
          await lab.reached(recorder, (progress) => progress.received > received);
        }
        await recorder.stop();
        return { file: await lab.base64(await recorder.export()), progress: recorder.progress, reported };
      },
      { frames, options: options },
    );
    const movie = await readMovie(Buffer.from(file, 'base64'));
    expectPlayable(movie);
    expect([movie.stream.width, movie.stream.height]).toEqual(size);
    expect(codec.split(' or '), 'which one is quick enough in the trial').toContain(movie.stream.codec_name);
    expect([progress.frames, progress.received, movie.counters.length]).toEqual([4, 4, 4]);
    const [width, height] = size;
    const from = { width: frames[0], height: frames[1] };
    expect(reported).toEqual(scaled ? [{ from, to: { width, height } }] : []);
  });
}

test('a connection that sends 5120×2880 is recorded whole', async ({ page }) => {
  await openLab(page, 'codec=VP9&width=5120&height=2880&fps=2');
  const { file, progress } = await page.evaluate(async () => {
    const video = document.querySelector('video')!;
    while (video.videoWidth < 5120) await new Promise((resolve) => video.requestVideoFrameCallback(resolve));
    const recorder = new lab.trackreel.Recorder(lab.loopback.stream, { maxFps: Infinity });
    await recorder.start();
    await lab.reached(recorder, ({ frames }) => frames >= 4);
    await recorder.stop();
    return { file: await lab.base64(await recorder.export()), progress: recorder.progress };
  });
  const movie = await readMovie(Buffer.from(file, 'base64'));
  expectPlayable(movie);
  expect([movie.stream.width, movie.stream.height]).toEqual([5120, 2880]);
  expect(movie.counters.length).toBe(progress.frames);
  expect(progress.drops).toEqual({
    paused: 0,
    maxFps: 0,
    freeze: 0,
    backpressure: 0,
    encoder: 0,
    missed: 0,
    network: 0,
  });
});
