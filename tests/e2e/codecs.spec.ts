import { expect, openLab, test } from './support/fixtures.js';
import { readMovie } from './support/movie.js';
import { expectPlayable, Witness } from './support/witness.js';

const expected = {
  h264: { codec_name: 'h264', profile: 'High' },
  vp9: { codec_name: 'vp9', profile: 'Profile 0' },
  av1: { codec_name: 'av1', profile: 'Main' },
} as const;

for (const codec of ['h264', 'vp9', 'av1'] as const) {
  test(`records with ${codec}, with the right sample entry and colour`, async ({ page }) => {
    await openLab(page);
    const witness = await Witness.watch(page);
    const { file, progress, plays } = await page.evaluate(async (codec) => {
      const recorder = new lab.trackreel.Recorder(lab.loopback.stream, { codec, bitrate: 1_500_000 });
      await recorder.start();
      await lab.reached(recorder, (progress) => progress.time >= 3);
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
      const plays = { duration: video.duration, width: video.videoWidth, height: video.videoHeight, type: blob.type };
      return { file: await lab.base64(blob), progress: recorder.progress, plays };
    }, codec);
    const movie = await readMovie(Buffer.from(file, 'base64'));
    expectPlayable(movie);
    await witness.expectFaithful(movie, progress);
    expect(movie.stream).toMatchObject({
      ...expected[codec],
      color_range: 'pc',
      color_primaries: 'bt709',
      color_space: 'bt709',
    });
    expect(plays).toMatchObject({ width: 640, height: 360, type: 'video/mp4' });
    expect(plays.duration).toBeCloseTo(progress.time, 2);
  });
}
