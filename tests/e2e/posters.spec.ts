import type { Page } from '@playwright/test';
import { readCounter } from '../../www/loopback/counter.js';
import { equip, expect, openLab, patchWorkers, test } from './support/fixtures.js';
import { readMovie, type Movie } from './support/movie.js';

/** An inspected picture: its type, the first bytes of its file, and its pixels. */
interface Inspection {
  type: string;
  magic: string;
  width: number;
  height: number;
  /** Three bytes a pixel. */
  rgb: string;
}

declare global {
  /** Reads the pixels of an image, or of the picture that a video shows; set by `addInspect`. */
  var inspect: (picture: Blob | HTMLVideoElement) => Promise<Inspection>;
}

async function addInspect(page: Page): Promise<void> {
  await page.evaluate(() => {
    globalThis.inspect = async (picture) => {
      // A video that has sought may have no picture yet.
      while (picture instanceof HTMLVideoElement && picture.readyState < picture.HAVE_CURRENT_DATA) {
        await new Promise(requestAnimationFrame);
      }
      const bitmap = await createImageBitmap(picture);
      const { width, height } = bitmap;
      const context = new OffscreenCanvas(width, height).getContext('2d')!;
      context.drawImage(bitmap, 0, 0);
      const pixels = context.getImageData(0, 0, width, height).data.filter((_, i) => i % 4 !== 3);
      const isBlob = picture instanceof Blob;
      const magic = isBlob ? [...new Uint8Array(await picture.slice(0, 12).arrayBuffer())] : [];
      return {
        type: isBlob ? picture.type : '',
        magic: magic.map((byte) => String.fromCharCode(byte)).join(''),
        width,
        height,
        rgb: await lab.base64(new Blob([pixels])),
      };
    };
  });
}

/** The number that a picture carries. */
function counterOf({ rgb, width, height }: Inspection): number | null {
  const bytes = Buffer.from(rgb, 'base64');
  // Black and white have all three the same.
  const luma = Uint8Array.from({ length: width * height }, (_, i) => bytes[i * 3]!);
  return readCounter(luma, width, width, height);
}

/** By how much the pixels of two pictures differ on average, of 255. */
function difference(one: Inspection, other: Inspection): number {
  const [a, b] = [Buffer.from(one.rgb, 'base64'), Buffer.from(other.rgb, 'base64')];
  expect(a.length).toBe(b.length);
  return a.reduce((sum, value, i) => sum + Math.abs(value - b[i]!), 0) / a.length;
}

/** The number of the last key frame at or before a time, or else of the first. */
function keyAt({ keys, times, counters }: Movie, at: number): number | null {
  // A file counts the ticks of its clock.
  const key = keys.filter((key) => times[key]! <= at + 1e-4).at(-1) ?? keys[0]!;
  return counters[key]!;
}

for (const [way, address, options] of [
  ['H.264', '', {}],
  ['VP9', '', { codec: 'vp9' }],
  ['H.264 as received', 'codec=H264&tap=on', { keyFrameInterval: '1s' }],
  ['VP8 as received', 'codec=VP8&tap=on', { container: 'webm', keyFrameInterval: '1s' }],
  ['VP9 as received', 'codec=VP9&tap=on', { keyFrameInterval: '1s' }],
  ['VP9 as received, 720p', 'codec=VP9&tap=on&width=1280&height=720', { keyFrameInterval: '1s' }],
  ['AV1 as received', 'codec=AV1&tap=on', { container: 'webm', keyFrameInterval: '1s' }],
] as const) {
  test(`posters of an earlier session are its key frames, as a video shows them: ${way}`, async ({ page }) => {
    await openLab(page, address);
    const file = await page.evaluate(async (options) => {
      const recorder = new lab.trackreel.Recorder(lab.loopback.stream, { freeze: 'keep', ...options });
      await recorder.start();
      await lab.reached(recorder, ({ duration }) => duration >= 4.6);
      await recorder.stop();
      return lab.base64(await recorder.export());
    }, options);
    const movie = await readMovie(Buffer.from(file, 'base64'));
    const keys = movie.keys.map((key) => movie.times[key]!);
    expect(keys.length, `key frames at ${keys}`).toBeGreaterThan(2);
    await page.reload();
    await equip(page);
    await addInspect(page);
    const times = [0, keys[1]! - 0.02, keys[1]! + 0.001, keys[2]! + 0.3, 1000];
    const { posters, shown, strip, half } = await page.evaluate(async (times) => {
      const [reel] = await lab.trackreel.reels.list();
      const video = document.createElement('video');
      video.src = URL.createObjectURL(await reel!.export());
      await new Promise((resolve) => (video.onloadeddata = resolve));
      const [posters, shown]: [Inspection[], Inspection[]] = [[], []];
      for (const at of times) {
        const poster = await reel!.poster({ at, type: 'image/png' });
        posters.push(await inspect(poster));
      }
      video.currentTime = times[2]!;
      await new Promise((resolve) => (video.onseeked = resolve));
      shown.push(await inspect(video));
      const strip = await reel!.filmstrip(7, { width: 320 });
      const pictures = await Promise.all(
        strip.map(async ({ time, picture }) => ({ time, inspected: await inspect(picture) })),
      );
      const half = await inspect(await reel!.poster({ at: '1s', width: 320, quality: 1 }));
      return { posters, shown, strip: { pictures, duration: reel!.duration }, half };
    }, times);
    expect(posters.map(counterOf)).toEqual(times.map((at) => keyAt(movie, at)));
    expect(counterOf(shown[0]!)).toBe(counterOf(posters[2]!));
    expect(difference(shown[0]!, posters[2]!), 'the colours').toBeLessThan(0.5);
    expect(half).toMatchObject({ width: 320, height: 180, type: 'image/jpeg' });
    expect(counterOf(half)).toBe(keyAt(movie, 1));
    expect(strip.pictures.map(({ time }) => time)).toEqual(
      Array.from({ length: 7 }, (_, i) => expect.closeTo((i * strip.duration) / 7, 4)),
    );
    for (const { time, inspected } of strip.pictures)
      expect(counterOf(inspected), `at ${time} s`).toBe(keyAt(movie, time));
  });
}

test('an image is of the type that was asked for', async ({ page }) => {
  await openLab(page);
  await addInspect(page);
  const { inspected, refused } = await page.evaluate(async () => {
    const recorder = new lab.trackreel.Recorder(lab.loopback.stream);
    const failure = (call: Promise<unknown>) =>
      call.then(
        () => 'resolved',
        (error) => `${error.code}: ${error.message}`,
      );
    const early = await failure(recorder.snapshot());
    await recorder.start();
    await lab.reached(recorder, ({ frames }) => frames > 5);
    await recorder.stop();
    const reel = recorder.reel!;
    const inspected: Inspection[] = [];
    for (const type of [undefined, 'image/jpeg', 'image/png', 'image/webp'] as const) {
      inspected.push(await inspect(await reel.poster({ ...(type && { type }) })));
    }
    const refused = [
      early,
      await failure(reel.poster({ type: 'image/gif' } as never)),
      await failure(reel.filmstrip(0)),
      await failure(reel.filmstrip(undefined as never)),
      await failure(recorder.snapshot({ at: 3 } as never)),
      await failure(reel.delete().then(() => reel.poster())),
    ];
    return { inspected, refused };
  });
  expect(inspected.map(({ type }) => type)).toEqual(['image/jpeg', 'image/jpeg', 'image/png', 'image/webp']);
  expect(inspected.map(({ magic }) => magic)).toEqual([
    expect.stringMatching(/^\xff\xd8\xff/),
    expect.stringMatching(/^\xff\xd8\xff/),
    expect.stringMatching(/^\x89PNG\r\n/),
    expect.stringMatching(/^RIFF[^]{4}WEBP/),
  ]);
  expect(refused).toEqual([
    expect.stringMatching(/^nothing-recorded: /),
    "invalid-option: type: 'image/gif' is not valid; it must be 'image/jpeg', 'image/png' or 'image/webp'",
    'invalid-option: count: 0 is not valid; it must be a whole number of pictures from 1 to 1000',
    'invalid-option: count: null is not valid; it must be a whole number of pictures from 1 to 1000',
    'invalid-option: at: 3 is not valid; it must be one of the options width, type, quality',
    expect.stringMatching(/^no-such-reel: /),
  ]);
});

for (const storage of ['disk', 'memory'] as const) {
  test(`a reel that is being recorded shows its key frames and its newest picture: ${storage}`, async ({ page }) => {
    await openLab(page);
    await addInspect(page);
    const { file, posters, newest, last } = await page.evaluate(async (storage) => {
      const recorder = new lab.trackreel.Recorder(lab.loopback.stream, { storage, freeze: 'keep' });
      await recorder.start();
      const newest: Inspection[] = [];
      for (const time of [1, 5]) {
        await lab.reached(recorder, (progress) => progress.duration >= time);
        newest.push(await inspect(await recorder.snapshot({ type: 'image/png' })));
      }
      const posters: Inspection[] = [];
      for (const at of [0, 3, 1000]) posters.push(await inspect(await recorder.reel!.poster({ at })));
      await recorder.stop();
      const last = await inspect(await recorder.snapshot());
      return { file: await lab.base64(await recorder.export()), posters, newest, last };
    }, storage);
    const movie = await readMovie(Buffer.from(file, 'base64'));
    const [first, third, latest] = posters.map(counterOf);
    expect(first).toBe(keyAt(movie, 0));
    expect(third).toBe(keyAt(movie, 3));
    expect(movie.keys.map((key) => movie.counters[key])).toContain(latest);
    for (const [i, time] of [1, 5].entries()) {
      const at = movie.counters.indexOf(counterOf(newest[i]!));
      expect(movie.times[at], `the newest picture at ${time} s`).toBeGreaterThan(time - 0.5);
    }
    expect(counterOf(last)).toBe(movie.counters.at(-1));
  });
}

test('a reel that another tab records shows what is on disk', async ({ page }) => {
  await openLab(page);
  await page.evaluate(async () => {
    const recorder = new lab.trackreel.Recorder(lab.loopback.stream);
    await recorder.start();
    await lab.reached(recorder, ({ duration }) => duration >= 3);
  });
  const other = await page.context().newPage();
  await openLab(other);
  await addInspect(other);
  const { state, inspected } = await other.evaluate(async () => {
    const [reel] = await lab.trackreel.reels.list();
    return { state: reel!.state, inspected: await inspect(await reel!.poster({ at: 2.5 })) };
  });
  expect(state).toBe('live');
  expect(counterOf(inspected)).not.toBeNull();
});

test('no more of a recording is read for a poster than its key frame', async ({ page }) => {
  await openLab(page);
  const file = await page.evaluate(async () => {
    const recorder = new lab.trackreel.Recorder(lab.loopback.stream, { freeze: 'keep', bitrate: 4_000_000 });
    await recorder.start();
    await lab.reached(recorder, ({ duration }) => duration >= 5);
    await recorder.stop();
    return lab.base64(await recorder.export());
  });
  const movie = await readMovie(Buffer.from(file, 'base64'));
  await page.reload();
  await equip(page);
  await patchWorkers(page, () => {
    const reads = new BroadcastChannel('reads');
    const { arrayBuffer } = Blob.prototype;
    Blob.prototype.arrayBuffer = function () {
      reads.postMessage(this.size);
      return arrayBuffer.call(this);
    };
  });
  const { of, ofStrip } = await page.evaluate(async () => {
    const channel = new BroadcastChannel('reads');
    const read: number[] = [];
    // Messages arrive in the order in which they were sent.
    const heard = () =>
      new Promise<number[]>((resolve) => {
        channel.onmessage = ({ data }) => (data === 'done' ? resolve(read.splice(0)) : read.push(data));
        const done = new BroadcastChannel('reads');
        done.postMessage('done');
      });
    channel.onmessage = ({ data }) => read.push(data);
    const [reel] = await lab.trackreel.reels.list();
    await reel!.poster({ at: 3 });
    const of = await heard();
    await reel!.filmstrip(20);
    return { of, ofStrip: await heard() };
  });
  const { keys, times, sizes } = movie;
  const key = keys.filter((key) => times[key]! <= 3).at(-1)!;
  expect(of).toEqual([sizes[key]]);
  // A segment of less than 48 KiB, as the last may be, is stored by value.
  expect(ofStrip).toEqual(keys.slice(0, ofStrip.length).map((key) => sizes[key]));
  expect(ofStrip.length).toBeGreaterThanOrEqual(keys.length - 1);
});

test('a browser that does not decode the codec is reported', async ({ page }) => {
  await openLab(page);
  await page.evaluate(async () => {
    const recorder = new lab.trackreel.Recorder(lab.loopback.stream);
    await recorder.start();
    await lab.reached(recorder, ({ frames }) => frames > 5);
    await recorder.stop();
  });
  for (const patch of [
    () => void Reflect.deleteProperty(globalThis, 'VideoDecoder'),
    () => void (VideoDecoder.isConfigSupported = async (config) => ({ config, supported: false })),
  ]) {
    await page.reload();
    await equip(page);
    await patchWorkers(page, patch);
    const error = await page.evaluate(async () => {
      const [reel] = await lab.trackreel.reels.list();
      return reel!.poster().catch((error) => `${error.name} ${error.code}: ${error.message}`);
    });
    expect(error).toMatch(/^UnsupportedError unsupported: this browser can't show the picture: it /);
  }
});
