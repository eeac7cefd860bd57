import { launch as chromium } from './drivers/chromium.js';
import { launch as firefox } from './drivers/firefox.js';
import type { Engine, EngineName } from './engine.js';
import { expect, test } from './fixtures.js';
import { sampleEntries, shownBy, type Sides } from './colours.js';

/** What the canvas shows, on its left and on its right. */
const RED = [233, 20, 30];
const WHITE = [255, 255, 255];
/** How far a colour may be off that went through a codec, of 255. */
const LOSSY = 6;

const difference = (one: number[], other: number[]) => Math.max(...one.map((value, i) => Math.abs(value - other[i]!)));

/** Whether a player ignores the file's colour description, so that it shows other colours throughout. */
function isMisread(engine: EngineName, codec: string, viewer: string): boolean {
  // Red, green and blue become video in full range in Chromium. Firefox shows that as if it was in limited range.
  if (engine === 'chromium') return viewer === 'firefox';
  // Firefox's VP9 and AV1 describe no colours in the bitstream. Without that, ffmpeg assumes BT.601, and so does Firefox for AV1.
  return (
    engine === 'firefox' && ((viewer === 'ffmpeg' && codec !== 'h264') || (viewer === 'firefox' && codec === 'av1'))
  );
}

// A phone was rotated. Pictures were painted after that, and the file had a second colour description. Chromium washed the part before
// it out, and Firefox showed a step from red 233 to 245. In Firefox, all that it recorded had another red.
for (const codec of ['h264', 'vp9', 'av1'] as const) {
  test(`a rotated picture keeps its colours, in ${codec}`, async ({ engine, engineName, notes }) => {
    const { codecs } = await engine.evaluate(() => stage.trackreel.Recorder.support());
    test.skip(!codecs.includes(codec), `no ${codec} in this build`);
    // Its VP9 gives a colour of one picture by 14 levels more than of the next, and its driver fails with AV1.
    test.skip(engineName === 'webkitgtk' && codec !== 'h264', 'WebKitGTK is compared in H.264');
    const file = await engine.evaluate(async (codec) => {
      const canvas = document.createElement('canvas');
      const context = canvas.getContext('2d')!;
      let painted = 0;
      const paint = () => {
        const { width, height } = canvas;
        context.fillStyle = 'rgb(233 20 30)';
        context.fillRect(0, 0, width / 2, height);
        context.fillStyle = '#fff';
        context.fillRect(width / 2, 0, width / 2, height);
        context.fillStyle = '#888';
        context.fillRect(painted++ % width, 0, 20, 20);
      };
      [canvas.width, canvas.height] = [320, 240];
      const timer = setInterval(paint, 50);
      const [track] = canvas.captureStream(20).getVideoTracks();
      const recorder = new stage.trackreel.Recorder(track!, { codec });
      const reached = (time: number) =>
        new Promise<void>((resolve, reject) => {
          recorder.addEventListener('progress', ({ detail }) => detail.duration >= time && resolve());
          recorder.addEventListener('error', ({ detail }) => reject(detail));
        });
      await recorder.start();
      await reached(2);
      [canvas.width, canvas.height] = [240, 320];
      await reached(4.5);
      await recorder.stop();
      clearInterval(timer);
      track!.stop();
      return stage.base64(await recorder.export());
    }, codec);

    // WebKitGTK describes the same colours in two ways.
    const descriptions = engineName === 'webkitgtk' ? 2 : 1;
    expect(sampleEntries(Buffer.from(file, 'base64'))).toBeLessThanOrEqual(descriptions);
    const times = [1, 4];
    const viewers: [string, Sides[]][] = [
      ['ffmpeg', await shownBy(undefined, file, times)],
      [engineName, await shownBy(engine, file, times)],
    ];
    // Firefox plays what Chromium recorded, and the other way round.
    const launch = { chromium: firefox, firefox: chromium, webkitgtk: undefined }[engineName];
    if (launch) {
      const other: Engine = await launch();
      await other.open(process.env.TRACKREEL_ENGINES!);
      viewers.push([other.name, await shownBy(other, file, times)]);
      await other.close();
    }
    for (const [viewer, [before, after]] of viewers as [string, [Sides, Sides]][]) {
      notes.fact(viewer, JSON.stringify({ before, after }));
      expect(difference(before.left, after.left), `${viewer}: ${before.left}, ${after.left}`).toBeLessThanOrEqual(
        LOSSY,
      );
      expect(difference(before.right, after.right), viewer).toBeLessThanOrEqual(LOSSY);
      expect(difference(before.right, WHITE), viewer).toBeLessThanOrEqual(LOSSY);
      if (!isMisread(engineName, codec, viewer)) {
        expect(difference(before.left, RED), `${viewer}: ${before.left}`).toBeLessThanOrEqual(LOSSY);
      }
    }
  });
}
