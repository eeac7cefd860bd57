import { expect, openLab, test } from './support/fixtures.js';
import { readMovie } from './support/movie.js';
import { expectPlayable } from './support/witness.js';

// A remote source that restarted had set its clock 5 hours ahead, and the file got a gap of 5 hours.
test('a clock that is reset takes one interval, and a stall keeps its length', async ({ page }) => {
  await openLab(page);
  const { file, progress, stall } = await page.evaluate(async () => {
    const generator = new MediaStreamTrackGenerator({ kind: 'video' });
    const writer = generator.writable.getWriter();
    const canvas = new OffscreenCanvas(320, 180);
    const context = canvas.getContext('2d')!;
    const recorder = new lab.trackreel.Recorder(new MediaStream([generator]), { maxFps: Infinity, freeze: 'keep' });
    await recorder.start();
    const began = performance.now();
    const now = () => performance.now() - began;
    let sent = 0;
    let last = 0;
    /** Sends moving pictures whose clock is this many hours ahead of the wall clock. */
    const send = async (hours: number) => {
      const first = now();
      for (let n = 0; n < 15; n++) {
        context.fillStyle = `hsl(${sent++ * 40} 80% 50%)`;
        context.fillRect(0, 0, 320, 180);
        last = now();
        await writer.write(new VideoFrame(canvas, { timestamp: last * 1e3 + hours * 3.6e9 }));
        await new Promise((resolve) => setTimeout(resolve, 40));
      }
      return first;
    };
    await send(0);
    await send(5);
    await send(-7);
    await send(40);
    const before = last;
    await new Promise((resolve) => setTimeout(resolve, 3000));
    const stall = ((await send(40)) - before) / 1e3;
    await recorder.stop();
    return { file: await lab.base64(await recorder.export()), progress: recorder.progress, stall };
  });
  const movie = await readMovie(Buffer.from(file, 'base64'));
  expectPlayable(movie);
  expect(progress).toMatchObject({ received: 75, frames: 75 });
  const steps = movie.times.slice(1).map((time, i) => time - movie.times[i]!);
  const [clocks, rest] = [steps.slice(0, 59), steps.slice(60)];
  for (const step of [...clocks, ...rest]) expect(step).toBeLessThan(1);
  expect(stall).toBeGreaterThan(2.9);
  expect(Math.abs(steps[59]! - stall), 'the stall is kept as it was').toBeLessThan(0.15);
});
