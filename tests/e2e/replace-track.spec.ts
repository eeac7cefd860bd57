import { expect, openLab, test } from './support/fixtures.js';
import { readMovie } from './support/movie.js';
import { expectPlayable } from './support/witness.js';

test('a recording continues with other tracks, and has every frame of each', async ({ page }) => {
  await openLab(page);
  const { file, progress, failures, joined } = await page.evaluate(async () => {
    const failure = (call: Promise<unknown>) =>
      call.then(
        () => 'resolved',
        (error) => error.code,
      );
    const painted = () => {
      const generator = new MediaStreamTrackGenerator({ kind: 'video' });
      const writer = generator.writable.getWriter();
      return {
        track: generator as MediaStreamTrack,
        async paint(width: number, height: number, from: number, frames: number) {
          const canvas = new OffscreenCanvas(width, height);
          const context = canvas.getContext('2d')!;
          for (let n = 0; n < frames; n++) {
            context.fillStyle = `hsl(${n * 12} 80% 50%)`;
            context.fillRect(0, 0, width, height);
            await writer.write(new VideoFrame(canvas, { timestamp: from + n * 40_000 }));
            await new Promise((resolve) => setTimeout(resolve, 40));
          }
        },
      };
    };
    const [camera, screen, other] = [painted(), painted(), painted()];
    const ended = painted();
    ended.track.stop();
    const recorder = new lab.trackreel.Recorder(other.track, { maxFps: Infinity });
    const failures = [
      await failure(recorder.replaceTrack({} as never)),
      await failure(recorder.replaceTrack(ended.track)),
    ];
    // Before it begins, and while it does.
    await recorder.replaceTrack(camera.track);
    await recorder.start();
    await camera.paint(320, 240, 5_000_000, 25);
    failures.push(await failure(recorder.replaceTrack(ended.track)));
    // The last of two counts, and both are answered.
    await Promise.all([recorder.replaceTrack(other.track), recorder.replaceTrack(screen.track)]);
    camera.track.stop();
    await screen.paint(240, 320, 900_000_000, 25);
    const joined = recorder.progress.duration;
    recorder.pause();
    await recorder.replaceTrack(other.track);
    const { state } = recorder;
    recorder.resume();
    await other.paint(320, 240, 1_000, 25);
    await recorder.stop();
    failures.push(state);
    return { file: await lab.base64(await recorder.export()), progress: recorder.progress, failures, joined };
  });
  const movie = await readMovie(Buffer.from(file, 'base64'));
  expectPlayable(movie);
  expect(failures).toEqual(['invalid-source', 'invalid-source', 'invalid-source', 'paused']);
  expect([progress.frames, progress.received, movie.counters.length]).toEqual([75, 75, 75]);
  expect([movie.stream.width, movie.stream.height]).toEqual([320, 240]);
  // The time between the tracks is cut: a second each, and the time for which each's last picture is shown.
  expect(joined).toBeGreaterThan(1.8);
  expect(Number(movie.stream['duration'])).toBeLessThan(3.6);
});

test('what replaceTrack() can not take leaves the recording as it is', async ({ page }) => {
  await openLab(page);
  const result = await page.evaluate(async () => {
    const recorder = new lab.trackreel.Recorder(lab.loopback.stream);
    await recorder.start();
    await lab.reached(recorder, ({ frames }) => frames >= 5);
    const failure = await recorder.replaceTrack(new MediaStream()).catch((error) => error.code);
    const { frames } = recorder.progress;
    await lab.reached(recorder, (progress) => progress.frames > frames + 5);
    const stopping = recorder.stop();
    const late = await recorder.replaceTrack(lab.loopback.stream).catch((error) => error.code);
    await stopping;
    await recorder.replaceTrack(lab.loopback.stream);
    return { failure, late, state: recorder.state };
  });
  expect(result).toEqual({ failure: 'invalid-source', late: 'invalid-state', state: 'inactive' });
});
