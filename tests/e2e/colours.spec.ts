import { sampleEntries, shownBy } from '../engines/colours.js';
import { expect, openLab, test } from './support/fixtures.js';

/** What the frames show on their left, and on their right. */
const RED = [233, 20, 30];
const WHITE = [255, 255, 255];
/** How far a colour may be off that went through a codec, of 255. */
const LOSSY = 6;

const difference = (one: number[], other: number[]) => Math.max(...one.map((value, i) => Math.abs(value - other[i]!)));

// Painted pictures had another colour description, and the file had two: Chromium washed out the earlier pictures.
for (const codec of ['h264', 'vp9', 'av1'] as const) {
  test(`frames of other shapes and colours get the colours of the first, in ${codec}`, async ({ page }) => {
    await openLab(page);
    const file = await page.evaluate(async (codec) => {
      /** A frame in BT.601 or BT.709, in limited range. */
      const video = (width: number, height: number, is709: boolean, timestamp: number) => {
        const [kr, kb] = is709 ? [0.2126, 0.0722] : [0.299, 0.114];
        const yuv = ([r, g, b]: number[]) => {
          const y = kr * r! + (1 - kr - kb) * g! + kb * b!;
          const [blue, red] = [(b! - y) / (2 * (1 - kb)), (r! - y) / (2 * (1 - kr))];
          return [16 + (219 * y) / 255, 128 + (224 * blue) / 255, 128 + (224 * red) / 255].map(Math.round);
        };
        const sides = [yuv([233, 20, 30]), yuv([255, 255, 255])];
        const data = new Uint8Array((width * height * 3) / 2);
        const x = (timestamp / 10_000) % (width - 16);
        for (let i = 0; i < width * height; i++) data[i] = sides[i % width < width / 2 ? 0 : 1]![0]!;
        for (let i = 0; i < (width * height) / 4; i++) {
          const [, blue, red] = sides[i % (width / 2) < width / 4 ? 0 : 1]!;
          data[width * height + i] = blue!;
          data[(width * height * 5) / 4 + i] = red!;
        }
        // A block that moves.
        for (let row = 0; row < 16; row++) data.fill(16, row * width + x, row * width + x + 16);
        const name = is709 ? 'bt709' : 'smpte170m';
        const colorSpace = { primaries: name, transfer: name, matrix: name, fullRange: false } as const;
        return new VideoFrame(data, {
          format: 'I420',
          codedWidth: width,
          codedHeight: height,
          timestamp,
          colorSpace,
        });
      };
      /** The same on a canvas. */
      const canvas = new OffscreenCanvas(320, 240);
      const context = canvas.getContext('2d')!;
      const screen = (timestamp: number) => {
        context.fillStyle = 'rgb(233 20 30)';
        context.fillRect(0, 0, 160, 240);
        context.fillStyle = '#fff';
        context.fillRect(160, 0, 160, 240);
        context.fillStyle = '#000';
        context.fillRect((timestamp / 10_000) % 304, 0, 16, 16);
        return new VideoFrame(canvas, { timestamp });
      };
      const generator = new MediaStreamTrackGenerator({ kind: 'video' });
      const writer = generator.writable.getWriter();
      const recorder = new lab.trackreel.Recorder(new MediaStream([generator]), { codec });
      await recorder.start();
      for (let n = 0; n < 100; n++) {
        const timestamp = n * 40_000;
        const kinds = [
          () => video(320, 240, false, timestamp),
          () => video(240, 320, false, timestamp),
          () => video(320, 240, true, timestamp),
          () => screen(timestamp),
        ];
        await writer.write(kinds[Math.floor(n / 25)]!());
        await new Promise((resolve) => setTimeout(resolve, 40));
      }
      await recorder.stop();
      return lab.base64(await recorder.export());
    }, codec);
    expect(sampleEntries(Buffer.from(file, 'base64')), 'one description').toBe(1);
    for (const [viewer, at] of [
      ['ffmpeg', undefined],
      ['chromium', { evaluate: page.evaluate.bind(page) }],
    ] as const) {
      const shown = await shownBy(at, file, [0.5, 1.5, 2.5, 3.5]);
      for (const { left, right } of shown) {
        expect(difference(left, RED), `${viewer}: ${left}`).toBeLessThanOrEqual(LOSSY);
        expect(difference(right, WHITE), `${viewer}: ${right}`).toBeLessThanOrEqual(LOSSY);
      }
    }
  });
}

// A page had made them transparent, and the file showed the colour that they had under that.
test('transparent pixels are black, and those that are transparent in part are darker', async ({ page }) => {
  await openLab(page);
  const file = await page.evaluate(async () => {
    const [width, height] = [320, 240];
    const generator = new MediaStreamTrackGenerator({ kind: 'video' });
    const writer = generator.writable.getWriter();
    const recorder = new lab.trackreel.Recorder(new MediaStream([generator]));
    await recorder.start();
    for (let n = 0; n < 50; n++) {
      const data = new Uint8Array(width * height * 4);
      for (let i = 0; i < width * height; i++) {
        data.set([200, 100, 60, i % width < width / 2 ? 0 : 128], 4 * i);
        // A block that moves.
        const [x, y] = [i % width, Math.floor(i / width)];
        if (y < 16 && x >= 4 * n && x < 4 * n + 16) data.set([255, 255, 255, 255], 4 * i);
      }
      const timestamp = n * 40_000;
      await writer.write(new VideoFrame(data, { format: 'RGBA', codedWidth: width, codedHeight: height, timestamp }));
      await new Promise((resolve) => setTimeout(resolve, 40));
    }
    await recorder.stop();
    return lab.base64(await recorder.export());
  });
  for (const { left, right } of await shownBy({ evaluate: page.evaluate.bind(page) }, file, [0.5, 1.5])) {
    expect(difference(left, [0, 0, 0]), `${left}`).toBeLessThanOrEqual(LOSSY);
    expect(difference(right, [100, 50, 30]), `${right}`).toBeLessThanOrEqual(LOSSY);
  }
});
