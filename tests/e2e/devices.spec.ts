import { CHROMIUM } from '../../scripts/browser.mjs';
import { expect, openLab, test } from './support/fixtures.js';

const DEVICES = [
  '--use-fake-device-for-media-stream',
  '--use-fake-ui-for-media-stream',
  '--auto-accept-this-tab-capture',
];
test.use({ launchOptions: { ...CHROMIUM, args: [...CHROMIUM.args, ...DEVICES] } });

// Chromium gives no more frames of a camera or a screen while two are open, wherever they are held: with one that the browser itself had lost
// and one that the recorder held, a recording had no frame until garbage was collected.
for (const device of ['camera', 'screen'] as const) {
  test(`a ${device} of which another holds a frame is recorded, twice at once`, async ({ page }) => {
    await openLab(page);
    const frames = await page.evaluate(async (device) => {
      const stream = await (device === 'camera'
        ? navigator.mediaDevices.getUserMedia({ video: true })
        : navigator.mediaDevices.getDisplayMedia({ video: true }));
      const [track] = stream.getVideoTracks();
      const reader = new MediaStreamTrackProcessor({ track: track as MediaStreamVideoTrack }).readable.getReader();
      const { value: held } = await reader.read();
      const recorders = [1, 2].map(() => new lab.trackreel.Recorder(stream));
      for (const recorder of recorders) await recorder.start();
      // Rows alone are read only after some frames of motion.
      await Promise.all(recorders.map((recorder) => lab.reached(recorder, ({ received }) => received > 40)));
      for (const recorder of recorders) await recorder.stop();
      held!.close();
      track!.stop();
      return recorders.map((recorder) => recorder.progress.frames);
    }, device);
    for (const kept of frames) expect(kept).toBeGreaterThan(20);
  });
}

// Otherwise one repeat more would stay of each freeze.
test('what is received is not taken for a device', async ({ page }) => {
  await openLab(page);
  const settings = await page.evaluate(() => lab.loopback.stream.getVideoTracks()[0]!.getSettings());
  for (const name of ['groupId', 'displaySurface']) expect(settings).not.toHaveProperty(name);
});
