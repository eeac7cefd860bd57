import { expect, openLab, patchWorkers, test, withOpenH264 } from './support/fixtures.js';
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
    const witness = await Witness.observe(page);
    const { file, progress, plays } = await page.evaluate(async (codec) => {
      const recorder = new lab.trackreel.Recorder(lab.loopback.stream, { codec, bitrate: 1_500_000 });
      await recorder.start();
      await lab.reached(recorder, (progress) => progress.duration >= 2.2);
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
    expect(plays.duration).toBeCloseTo(progress.duration, 2);
  });
}

test('a quality is a bitrate by the picture size, and a bitrate wins over it', async ({ page }) => {
  test.skip(withOpenH264(), 'it tests the browser’s own encoders');
  await openLab(page);
  await patchWorkers(page, () => {
    const channel = new BroadcastChannel('bitrates');
    const { configure } = VideoEncoder.prototype;
    VideoEncoder.prototype.configure = function (config) {
      if (config.width === 640) channel.postMessage(config.bitrate);
      configure.call(this, config);
    };
  });
  const bitrates = await page.evaluate(async () => {
    const channel = new BroadcastChannel('bitrates');
    const bitrates: number[] = [];
    for (const options of [
      {},
      { quality: 'low' },
      { quality: 'high' },
      { quality: 'high', bitrate: 1_500_000 },
    ] as const) {
      const first = new Promise<number>((resolve) => (channel.onmessage = ({ data }) => resolve(data)));
      const recorder = new lab.trackreel.Recorder(lab.loopback.stream, options);
      await recorder.start();
      bitrates.push(await first);
      await recorder.stop();
    }
    return bitrates;
  });
  expect(bitrates).toEqual([3_896_857, 1_948_428, 7_793_714, 1_500_000]);
});
