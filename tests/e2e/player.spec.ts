import type { Page } from '@playwright/test';
import { readCounter } from '../../www/loopback/counter.js';
import type { Player, play } from '../../js/player.js';
import { makeBeeper } from './support/beeper.js';
import { equip, expect, openLab, test } from './support/fixtures.js';
import { readMovie } from './support/movie.js';

declare global {
  /** Set by `openPlayer`. */
  var player: { play: typeof play; Player: typeof Player };
  /** A video for the player, beside that of the page. */
  var stage: HTMLVideoElement;
  /** The picture that it shows, as base64 of a luma plane. */
  var picture: () => Promise<Shown>;
  /** The picture that it shows after a seek to this time. */
  var pictureAt: (time: number) => Promise<Shown>;
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
    globalThis.pictureAt = async (time) => {
      const next = () =>
        new Promise<number>((resolve) => video.requestVideoFrameCallback((_, { mediaTime }) => resolve(mediaTime)));
      const first = next();
      video.currentTime = time;
      // One from before may come first.
      for (let shown = await first; Math.abs(shown - time) > 0.3;) shown = await next();
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

/**
 * What a file shows at a time: one counter, or two where a frame begins less than a millisecond away, since times are
 * rounded differently in a file, in a fragment, and in `currentTime`.
 */
const countersAt = ({ times, counters }: Awaited<ReturnType<typeof readMovie>>, at: number) =>
  [at - 1e-3, at + 1e-3].map((limit) => counters[times.findLastIndex((time) => time <= limit)]);

for (const [way, address, options] of [
  ['encoded', '', {}],
  ['as received', 'codec=H264&tap=on', { source: 'received' }],
] as const) {
  test(`a reel is sought back in while it is recorded, and is live again: ${way}`, async ({ page }) => {
    await openLab(page, address);
    await openPlayer(page);
    const { pictures, live, file, ended } = await page.evaluate(async (options) => {
      const recorder = new lab.trackreel.Recorder(lab.loopback.stream, { freeze: 'keep', ...options });
      await recorder.start();
      await lab.reached(recorder, ({ duration }) => duration > 1);
      const playing = await player.play(recorder.reel!, stage);
      const followed = [playing.following, playing.live];
      await lab.reached(recorder, ({ duration }) => duration > 5);
      stage.pause();
      const pictures: Shown[] = [];
      for (const time of [1.2, 4, 0.5, 2.75]) {
        pictures.push(await pictureAt(time));
      }
      const left = playing.following;
      playing.goLive();
      const from = recorder.progress.duration;
      await lab.reached(recorder, ({ duration }) => duration > from + 3);
      const live = { followed, left, back: playing.following, at: stage.currentTime, from };
      pictures.push(await picture());
      await recorder.stop();
      const file = await lab.base64(await recorder.export());
      // To the end, and there it stays.
      await new Promise((resolve) => stage.addEventListener('ended', resolve, { once: true }));
      const ended = { live: playing.live, end: playing.end, time: stage.currentTime, duration: stage.duration };
      pictures.push(await picture());
      playing.close();
      return { pictures, live, file, ended };
    }, options);
    const movie = await readMovie(Buffer.from(file, 'base64'));
    expect(live).toMatchObject({ followed: [true, true], left: false, back: true });
    expect(live.at).toBeGreaterThan(live.from);
    for (const picture of pictures.slice(0, 4))
      expect(countersAt(movie, picture.time), `at ${picture.time}`).toContain(counterOf(picture));
    expect(movie.counters).toContain(counterOf(pictures[4]!));
    expect(ended.live).toBe(false);
    expect(ended.time).toBeCloseTo(ended.duration, 1);
    expect(counterOf(pictures[5]!)).toBe(movie.counters.at(-1));
  });
}

test('a reel of an earlier page load is shown from any time', async ({ page }) => {
  await openLab(page);
  const file = await page.evaluate(async () => {
    const recorder = new lab.trackreel.Recorder(lab.loopback.stream, { freeze: 'keep' });
    await recorder.start();
    await lab.reached(recorder, ({ duration }) => duration > 4);
    await recorder.stop();
    return lab.base64(await recorder.export());
  });
  await page.reload();
  await equip(page);
  await openPlayer(page);
  const { pictures, start } = await page.evaluate(async () => {
    const [reel] = await lab.trackreel.reels.list();
    const playing = await player.play(reel!, stage, { at: 2.5 });
    stage.pause();
    const pictures = [];
    for (const time of [3, 0.5]) {
      pictures.push(await pictureAt(time));
    }
    return { pictures, start: [playing.start, playing.live, playing.following] };
  });
  const movie = await readMovie(Buffer.from(file, 'base64'));
  for (const picture of pictures)
    expect(countersAt(movie, picture.time), `at ${picture.time}`).toContain(counterOf(picture));
  expect(start).toEqual([0, false, false]);
});

test('another tab shows what is recorded here', async ({ page, context }) => {
  await openLab(page);
  await page.evaluate(async () => {
    const recorder = new lab.trackreel.Recorder(lab.loopback.stream, { freeze: 'keep' });
    Object.assign(globalThis, { own: recorder });
    await recorder.start();
    await lab.reached(recorder, ({ duration }) => duration > 2);
  });
  const other = await context.newPage();
  await openLab(other);
  await openPlayer(other);
  const { pictures, states } = await other.evaluate(async () => {
    const [reel] = await lab.trackreel.reels.list();
    const playing = await player.play(reel!, stage);
    const states = [playing.live, playing.following];
    const { end } = playing;
    while (playing.end < end + 2 || stage.currentTime < end) await new Promise(requestAnimationFrame);
    const pictures = [await picture()];
    stage.pause();
    pictures.push(await pictureAt(0.7));
    return { pictures, states };
  });
  const file = await page.evaluate(async () => {
    const { own } = globalThis as unknown as { own: InstanceType<typeof lab.trackreel.Recorder> };
    await own.stop();
    return lab.base64(await own.export());
  });
  const movie = await readMovie(Buffer.from(file, 'base64'));
  expect(states).toEqual([true, true]);
  expect(movie.counters).toContain(counterOf(pictures[0]!));
  expect(countersAt(movie, pictures[1]!.time)).toContain(counterOf(pictures[1]!));
});

for (const audioCodec of ['opus', 'aac'] as const)
  test(`through a pause it stays where the reel is, and sound comes with it, until it ends: ${audioCodec}`, async ({
    page,
  }) => {
    await openLab(page);
    await makeBeeper(page, 'local');
    await openPlayer(page);
    const { pictures, file, during, heard } = await page.evaluate(async (audioCodec) => {
      const tracks = [...lab.loopback.stream.getVideoTracks(), ...beeper.stream.getAudioTracks()];
      const recorder = new lab.trackreel.Recorder(new MediaStream(tracks), { freeze: 'keep', audioCodec });
      await recorder.start();
      beeper.begin();
      await lab.reached(recorder, ({ duration }) => duration > 1);
      const playing = await player.play(recorder.reel!, stage);
      const pictures = [];
      await lab.reached(recorder, ({ duration }) => duration > 3);
      pictures.push(await picture());
      recorder.pause();
      await lab.reached(recorder, ({ drops }) => drops.paused > 60);
      const during = { time: stage.currentTime, end: playing.end, recorded: recorder.progress.duration };
      pictures.push(await picture());
      recorder.resume();
      const { duration: time } = recorder.progress;
      await lab.reached(recorder, (progress) => progress.duration > time + 1);
      await beeper.end();
      for (const track of beeper.stream.getAudioTracks()) track.stop();
      await lab.reached(recorder, (progress) => progress.duration > time + 6);
      pictures.push(await picture());
      await recorder.stop();
      await new Promise((resolve) => stage.addEventListener('ended', resolve, { once: true }));
      pictures.push(await picture());
      const { webkitAudioDecodedByteCount: heard } = stage as unknown as { webkitAudioDecodedByteCount: number };
      return { pictures, file: await lab.base64(await recorder.export()), during, heard };
    }, audioCodec);
    const movie = await readMovie(Buffer.from(file, 'base64'));
    const at = pictures.map((picture) => movie.counters.indexOf(counterOf(picture)));
    expect(
      at.every((place, i) => place > (at[i - 1] ?? 0)),
      `${at}`,
    ).toBe(true);
    expect(counterOf(pictures[3]!)).toBe(movie.counters.at(-1));
    expect(during.time).toBeLessThanOrEqual(during.end);
    expect(heard).toBeGreaterThan(0);
  });

test('a freeze that is found later is cut out of the buffer', async ({ page }) => {
  await openLab(page);
  await openPlayer(page);
  const { shown, file, after } = await page.evaluate(async () => {
    const recorder = new lab.trackreel.Recorder(lab.loopback.stream, { freezeAfter: 1 });
    await recorder.start();
    await lab.reached(recorder, ({ duration }) => duration > 1.5);
    const playing = await player.play(recorder.reel!, stage);
    await lab.reached(recorder, ({ duration }) => duration > 2.5);
    lab.loopback.pauseSender();
    await lab.reached(recorder, ({ frozen, drops }) => frozen && drops.freeze > 40);
    const shown = { time: stage.currentTime, end: playing.end };
    lab.loopback.resumeSender();
    const { duration: time } = recorder.progress;
    await lab.reached(recorder, (progress) => progress.duration > time + 2);
    const pictures = [await picture()];
    stage.pause();
    for (const at of [time - 0.5, time + 0.5, 0.4]) pictures.push(await pictureAt(at));
    await recorder.stop();
    return { shown, file: await lab.base64(await recorder.export()), after: pictures };
  });
  const movie = await readMovie(Buffer.from(file, 'base64'));
  expect(shown.time).toBeLessThanOrEqual(shown.end + 0.1);
  expect(movie.counters).toContain(counterOf(after[0]!));
  for (const picture of after.slice(1))
    expect(countersAt(movie, picture.time), `at ${picture.time}`).toContain(counterOf(picture));
});

// A browser wants some pictures before it plays on, and there is one for all of a long freeze.
test('it plays on from within a freeze that is held for longer than is read ahead', async ({ page }) => {
  await openLab(page);
  await openPlayer(page);
  const { ended, duration } = await page.evaluate(async () => {
    const recorder = new lab.trackreel.Recorder(lab.loopback.stream, { freeze: 'hold', freezeAfter: 1 });
    await recorder.start();
    await lab.reached(recorder, ({ duration }) => duration > 1.5);
    lab.loopback.pauseSender();
    await lab.reached(recorder, ({ frozen }) => frozen);
    const { duration: from } = recorder.progress;
    await lab.reached(recorder, ({ drops }) => drops.freeze > 400);
    lab.loopback.resumeSender();
    const { duration: until } = recorder.progress;
    await lab.reached(recorder, ({ duration }) => duration > until + 2);
    await recorder.stop();
    const { duration } = recorder.reel!;
    await player.play(recorder.reel!, stage, { at: from + 0.5 });
    stage.playbackRate = 4;
    await new Promise((resolve) => stage.addEventListener('ended', resolve, { once: true }));
    return { ended: stage.currentTime, duration };
  });
  expect(ended).toBeCloseTo(duration, 1);
});

test('what cannot be played is refused, and a reel that goes is reported', async ({ page }) => {
  await openLab(page);
  await openPlayer(page);
  const { failures, error, sources } = await page.evaluate(async () => {
    const failures: unknown[] = [];
    const failure = async (call: Promise<unknown>) =>
      failures.push(
        await call.then(
          () => 'resolved',
          (error) => error.code ?? error.message,
        ),
      );
    const recorder = new lab.trackreel.Recorder(lab.loopback.stream, { storage: 'memory' });
    await recorder.start();
    await lab.reached(recorder, ({ duration }) => duration > 1);
    const reel = recorder.reel!;
    await failure(player.play(undefined as never, stage));
    await failure(player.play(reel, document.createElement('div') as never));
    await failure(player.play(reel, stage, { at: -1 }));
    await failure(player.play(reel, stage, { at: 'now' as never }));
    await failure(player.play(reel, stage, { signal: AbortSignal.abort(new Error('no more')) }));
    // While it opens: at once, and when the element has its source.
    const [atOnce, opening] = [new AbortController(), new AbortController()];
    const opened = player.play(reel, stage, { signal: atOnce.signal });
    atOnce.abort(new Error('not now'));
    await failure(opened);
    stage.addEventListener('loadstart', () => opening.abort(new Error('not that')), { once: true });
    await failure(player.play(reel, stage, { signal: opening.signal }));
    const sources = [stage.getAttribute('src')];
    const playing = await player.play(reel, stage);
    await recorder.stop();
    const failed = new Promise<unknown>((resolve) =>
      playing.addEventListener('error', () => resolve((playing.error as { code: string }).code)),
    );
    await reel.delete();
    const error = await failed;
    sources.push(stage.getAttribute('src'));
    const webm = new lab.trackreel.Recorder(lab.loopback.stream, { container: 'webm' });
    await webm.start();
    await lab.reached(webm, ({ duration }) => duration > 1);
    await failure(player.play(webm.reel!, stage));
    await webm.stop();
    return { failures, error, sources };
  });
  expect(failures).toEqual([...Array(4).fill('invalid-option'), 'no more', 'not now', 'not that', 'unsupported']);
  expect(error).toBe('no-such-reel');
  expect(sources).toEqual([null, null]);
});
