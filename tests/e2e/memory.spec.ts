import type { Frame, Page } from '@playwright/test';
import { expect, openLab, patchWorkers, test } from './support/fixtures.js';
import { readMovie } from './support/movie.js';
import { expectPlayable } from './support/witness.js';

const movieOf = (file: string) => readMovie(Buffer.from(file, 'base64'));

test('a recording in memory is exported while it lasts and after it, and leaves nothing on disk', async ({ page }) => {
  await openLab(page);
  const { early, late, kept, reel, listed, stored, inMemory } = await page.evaluate(async () => {
    const failure = (call: Promise<unknown>) =>
      call.then(
        () => 'resolved',
        (error) => error.code,
      );
    const inMemory = (await lab.trackreel.Recorder.support({ storage: 'memory' })).storage;
    const recorder = new lab.trackreel.Recorder(lab.loopback.stream, { storage: 'memory' });
    await recorder.start();
    await lab.reached(recorder, ({ duration }) => duration > 2.5);
    const early = await lab.base64(await recorder.export());
    await lab.reached(recorder, ({ duration }) => duration > 5);
    await recorder.stop();
    const reel = recorder.reel!;
    const late = await lab.base64(await reel.export());
    const end = await reel.export({ last: 1 });
    const listed = (await lab.trackreel.reels.list()).length;
    const stored = await new Promise<number>((resolve) => {
      const request = indexedDB.open('trackreel');
      request.onsuccess = () => {
        const database = request.result;
        const counts = database.transaction(['reels', 'segments']);
        const [reels, segments] = ['reels', 'segments'].map((name) => counts.objectStore(name).count());
        counts.oncomplete = () => {
          resolve(reels!.result + segments!.result);
          database.close();
        };
      };
    });
    const resumed = await failure(new lab.trackreel.Recorder(lab.loopback.stream).start(reel.id));
    // An export that began before is completed.
    const asked = reel.export();
    await reel.delete();
    await asked;
    const afterDelete = [await failure(reel.export()), await failure(recorder.export())];
    return {
      early,
      late,
      inMemory,
      listed,
      stored,
      reel: { state: reel.state, frames: reel.frames },
      kept: { end: end.end - end.start, resumed, afterDelete },
    };
  });
  expect(inMemory).toBe('memory');
  const [first, all] = [await movieOf(early), await movieOf(late)];
  expectPlayable(first);
  expectPlayable(all);
  expect(all.times.length).toBe(reel.frames);
  expect(all.counters.slice(0, first.counters.length - 1)).toEqual(first.counters.slice(0, -1));
  expect(reel.state).toBe('complete');
  expect({ listed, stored }).toEqual({ listed: 0, stored: 0 });
  expect(kept).toMatchObject({ resumed: 'no-such-reel', afterDelete: ['no-such-reel', 'no-such-reel'] });
  expect(kept.end).toBeLessThan(4);
});

test('a recording in memory ends at its bound, and is whole', async ({ page }) => {
  await openLab(page);
  const { ended, bytes, file } = await page.evaluate(async () => {
    const noise = lab.noise();
    const recorder = new lab.trackreel.Recorder(noise.track, { storage: 'memory', maxBytes: 2_000_000, bitrate: 8e6 });
    let isOn = true;
    const ended = lab.ended(recorder).finally(() => (isOn = false));
    await recorder.start();
    while (isOn) await noise.send();
    const reported = await ended;
    const movie = await recorder.export();
    return { ended: reported, bytes: movie.size, file: await lab.base64(movie) };
  });
  expect(ended).toEqual(['limit']);
  expect(bytes).toBeLessThanOrEqual(2_000_000);
  expect(bytes).toBeGreaterThan(1_000_000);
  expectPlayable(await movieOf(file));
});

test('a browser without IndexedDB has memory, unless the disk is asked for', async ({ page }) => {
  await openLab(page);
  await patchWorkers(page, () => void Object.defineProperty(globalThis, 'indexedDB', { value: undefined }));
  const result = await page.evaluate(async () => {
    const { Recorder, reels } = lab.trackreel;
    const failure = (call: Promise<unknown>) =>
      call.then(
        () => 'resolved',
        (error) => error.code,
      );
    const refused = await failure(new Recorder(lab.loopback.stream, { storage: 'disk' }).start());
    const { supported, storage } = await Recorder.support();
    const disk = (await Recorder.support({ storage: 'disk' })).supported;
    const recorder = new Recorder(lab.loopback.stream);
    await recorder.start();
    await lab.reached(recorder, ({ frames }) => frames > 10);
    await recorder.stop();
    const { size } = await recorder.export();
    return { refused, listed: await failure(reels.list()), supported, storage, disk, size };
  });
  expect(result).toMatchObject({
    refused: 'storage',
    listed: 'storage',
    supported: true,
    storage: 'memory',
    disk: false,
  });
  expect(result.size).toBeGreaterThan(0);
});

test('a worker that ends with a recording in memory is reported', async ({ page }) => {
  await openLab(page);
  await patchWorkers(page, () => {
    new BroadcastChannel('end').onmessage = () => close();
  });
  const result = await page.evaluate(async () => {
    const recorder = new lab.trackreel.Recorder(lab.loopback.stream, { storage: 'memory' });
    await recorder.start();
    await lab.reached(recorder, ({ frames }) => frames > 10);
    const ended = lab.ended(recorder);
    new BroadcastChannel('end').postMessage(null);
    const reported = await ended;
    const failed = await recorder.export().catch((error) => error.code);
    return { reported, failed };
  });
  expect(result).toEqual({ reported: ['worker-lost', 'error'], failed: 'nothing-recorded' });
});

// Nothing could be recorded there, where a MediaRecorder can.
test('the frame of a sandboxed page records in memory', async ({ page }) => {
  await openLab(page);
  const frame = await openSandbox(page);
  const result = await frame.evaluate(async () => {
    const module = '/pkg/index.js';
    const { Recorder, reels }: typeof lab.trackreel = await import(module);
    const canvas = document.createElement('canvas');
    const context = canvas.getContext('2d')!;
    let n = 0;
    const timer = setInterval(() => context.fillRect((n++ * 20) % 300, 0, 20, 150), 40);
    const { supported, storage } = await Recorder.support();
    const recorder = new Recorder(canvas.captureStream(25), { freeze: 'keep' });
    await recorder.start();
    await new Promise<void>((resolve) =>
      recorder.addEventListener('progress', ({ detail }) => detail.frames > 20 && resolve()),
    );
    await recorder.stop();
    clearInterval(timer);
    const movie = await recorder.export();
    const file = await new Promise<string>((resolve) => {
      const reader = new FileReader();
      reader.onload = () => resolve((reader.result as string).replace(/^.*,/, ''));
      reader.readAsDataURL(movie);
    });
    const listed = await reels.list().catch((error) => error.code);
    return { origin: globalThis.origin, supported, storage, file, listed };
  });
  expect(result).toMatchObject({ origin: 'null', supported: true, storage: 'memory', listed: 'storage' });
  const movie = await movieOf(result.file);
  expectPlayable(movie);
  expect(movie.times.length).toBeGreaterThan(20);
});

/** Opens an empty page in a frame that may run scripts, and has no origin. */
async function openSandbox(page: Page): Promise<Frame> {
  const headers = { 'Access-Control-Allow-Origin': '*' };
  await page.route('**/pkg/*', async (route) => {
    const path = new URL(route.request().url()).pathname.slice(5);
    await route.fulfill({ path: `pkg/${path}`, headers });
  });
  await page.route('**/sandboxed', (route) => route.fulfill({ contentType: 'text/html', body: '<!doctype html>' }));
  await page.evaluate(() => {
    const frame = document.createElement('iframe');
    frame.setAttribute('sandbox', 'allow-scripts');
    frame.src = '/sandboxed';
    document.body.append(frame);
  });
  await expect.poll(() => page.frames().some((frame) => frame.url().endsWith('/sandboxed'))).toBe(true);
  const frame = page.frames().find((frame) => frame.url().endsWith('/sandboxed'))!;
  await frame.waitForLoadState();
  return frame;
}
