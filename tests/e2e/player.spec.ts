import type { Page } from '@playwright/test';
import { readCounter } from '../../www/loopback/counter.js';
import type { Player, play } from '../../js/player.js';
import { equip, expect, openLab, test } from './support/fixtures.js';
import { readMovie } from './support/movie.js';

declare global {
  /** Set by `openPlayer`. */
  var player: { play: typeof play; Player: typeof Player };
  /** A video for the player, beside that of the page. */
  var stage: HTMLVideoElement;
  /** What it shows, as base64 of a luma plane. */
  var picture: () => Promise<Shown>;
  /** What it shows once it was sent to this time. */
  var lookAt: (time: number) => Promise<Shown>;
}

interface Shown {
  width: number;
  height: number;
  luma: string;
  time: number;
}

async function openPlayer(page: Page): Promise<void> {
  await page.evaluate(async () => {
    const module = '/pkg/player.js';
    globalThis.player = await import(module);
    const video = document.createElement('video');
    video.muted = true;
    video.width = 640;
    document.body.prepend(video);
    globalThis.stage = video;
    globalThis.lookAt = async (time) => {
      const next = new Promise((resolve) => video.requestVideoFrameCallback(resolve));
      video.currentTime = time;
      await next;
      return picture();
    };
    globalThis.picture = async () => {
      const frame = await createImageBitmap(video);
      const { width, height } = frame;
      const context = new OffscreenCanvas(width, height).getContext('2d')!;
      context.drawImage(frame, 0, 0);
      const { data } = context.getImageData(0, 0, width, height);
      const luma = Uint8Array.from({ length: width * height }, (_, n) => data[4 * n + 1]!);
      return { width, height, luma: await lab.base64(new Blob([luma])), time: video.currentTime };
    };
  });
}

const counterOf = ({ luma, width, height }: Shown) =>
  readCounter(new Uint8Array(Buffer.from(luma, 'base64')), width, width, height);

/** What a file shows at a time. */
const counterAt = ({ times, counters }: Awaited<ReturnType<typeof readMovie>>, at: number) =>
  counters[times.findLastIndex((time) => time <= at + 1e-4)];

for (const [way, address, options] of [
  ['encoded', '', {}],
  ['as received', 'codec=H264&tap=on', { source: 'received' }],
] as const) {
  test(`what is recorded is looked back at, and live again: ${way}`, async ({ page }) => {
    await openLab(page, address);
    await openPlayer(page);
    const { looks, live, file, ended } = await page.evaluate(async (options) => {
      const recorder = new lab.trackreel.Recorder(lab.loopback.stream, { freeze: 'keep', ...options });
      await recorder.start();
      await lab.reached(recorder, ({ time }) => time > 1);
      const playing = await player.play(recorder.reel!, stage);
      const followed = [playing.following, playing.live];
      await lab.reached(recorder, ({ time }) => time > 5);
      stage.pause();
      const looks: Shown[] = [];
      for (const time of [1.2, 4, 0.5, 2.75]) {
        looks.push(await lookAt(time));
      }
      const left = playing.following;
      playing.goLive();
      const from = recorder.progress.time;
      await lab.reached(recorder, ({ time }) => time > from + 3);
      const live = { followed, left, back: playing.following, at: stage.currentTime, from };
      looks.push(await picture());
      await recorder.stop();
      const file = await lab.base64(await recorder.export());
      // To the end, and there it stays.
      await new Promise((resolve) => stage.addEventListener('ended', resolve, { once: true }));
      const ended = { live: playing.live, end: playing.end, time: stage.currentTime, duration: stage.duration };
      looks.push(await picture());
      playing.close();
      return { looks, live, file, ended };
    }, options);
    const movie = await readMovie(Buffer.from(file, 'base64'));
    expect(live).toMatchObject({ followed: [true, true], left: false, back: true });
    expect(live.at).toBeGreaterThan(live.from);
    for (const look of looks.slice(0, 4)) expect(counterOf(look), `at ${look.time}`).toBe(counterAt(movie, look.time));
    expect(movie.counters).toContain(counterOf(looks[4]!));
    expect(ended.live).toBe(false);
    expect(ended.time).toBeCloseTo(ended.duration, 1);
    expect(counterOf(looks[5]!)).toBe(movie.counters.at(-1));
  });
}

test('a reel of an earlier visit is shown, and no more of it is read than is near', async ({ page }) => {
  await openLab(page);
  const file = await page.evaluate(async () => {
    const recorder = new lab.trackreel.Recorder(lab.loopback.stream, { freeze: 'keep' });
    await recorder.start();
    await lab.reached(recorder, ({ time }) => time > 4);
    await recorder.stop();
    return lab.base64(await recorder.export());
  });
  await page.reload();
  await equip(page);
  await openPlayer(page);
  const { looks, start } = await page.evaluate(async () => {
    const [reel] = await lab.trackreel.reels.list();
    const playing = await player.play(reel!, stage, { at: 2.5 });
    stage.pause();
    const looks = [];
    for (const time of [3, 0.5]) {
      looks.push(await lookAt(time));
    }
    return { looks, start: [playing.start, playing.live, playing.following] };
  });
  const movie = await readMovie(Buffer.from(file, 'base64'));
  for (const look of looks) expect(counterOf(look), `at ${look.time}`).toBe(counterAt(movie, look.time));
  expect(start).toEqual([0, false, false]);
});
