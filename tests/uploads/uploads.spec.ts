import type { upload as Upload } from '../../js/upload.js';
import { equip, expect, test } from '../e2e/support/fixtures.js';
import { arrange, check, open, partsTaken, STORAGE } from './storage.js';

test('a recording goes up while it lasts, and when it has stopped, the object is a file with its index in front', async ({
  page,
}, info) => {
  await open(page);
  const before = await partsTaken();
  const { exported, early } = await page.evaluate(async () => {
    const recorder = await uploads.record();
    await lab.reached(recorder, ({ bytes }) => bytes > 1000);
    let early = 0;
    let sending: Promise<void> | undefined;
    // Nothing goes up in the first ten seconds: a larger picture would have them encoded a second time.
    await new Promise<void>((resolve, reject) => {
      sending = uploads.send(recorder.reel!, 'live.mp4', (sent) => {
        if (sent < 10_000_000) return;
        early ||= recorder.state === 'recording' ? sent : 0;
        resolve();
      });
      sending.catch(reject);
    });
    await recorder.stop();
    await sending;
    return { exported: await lab.base64(await recorder.export()), early };
  });
  expect(early, 'it was on its way before the end').toBeGreaterThan(0);
  const size = await check(page, 'live.mp4', exported, (name) => info.outputPath(name));
  const parts = (await partsTaken()).slice(before.length);
  expect(parts.toSorted((a, b) => a - b)).toEqual(parts.map((_, n) => n + 1));
  expect(parts.at(-1), 'the index comes last').toBe(1);
  expect(size).toBeGreaterThan(15_000_000);
});

test('a page that was reloaded in the middle continues, and each part is there once', async ({ page }, info) => {
  await open(page);
  const before = await partsTaken();
  const id = await page.evaluate(async () => {
    const recorder = await uploads.record();
    await lab.reached(recorder, ({ bytes }) => bytes > 1000);
    await new Promise<void>((resolve, reject) => {
      uploads.send(recorder.reel!, 'reloaded.mp4', (sent) => sent > 11_000_000 && resolve()).catch(reject);
    });
    return recorder.reel!.id;
  });
  await page.reload();
  await equip(page);
  await arrange(page);
  const exported = await page.evaluate(async (id) => {
    await uploads.send({ id }, 'reloaded.mp4');
    // There is nothing left of it: another call would begin another upload.
    const reel = (await lab.trackreel.reels.list()).find((reel) => reel.id === id)!;
    return lab.base64(await reel.export());
  }, id);
  await check(page, 'reloaded.mp4', exported, (name) => info.outputPath(name));
  const parts = (await partsTaken()).slice(before.length);
  // The one that was under way is sent again.
  const twice = parts.filter((part, n) => parts.indexOf(part) !== n);
  expect(twice.length).toBeLessThanOrEqual(1);
});

test('a storage that refuses, and a network that goes away, hold it up and no more', async ({
  page,
  context,
}, info) => {
  await open(page);
  const reel = await page.evaluate(async () => {
    const recorder = await uploads.record();
    await lab.reached(recorder, ({ bytes, duration: time }) => bytes > 12_000_000 && time > 4);
    await recorder.stop();
    return recorder.reel!.id;
  });
  await fetch(`${STORAGE}/-/refuse?times=2`, { method: 'POST' });
  const sending = page.evaluate(async (id) => {
    await uploads.send({ id }, 'refused.mp4', () => (document.title = 'sending'));
    const reel = (await lab.trackreel.reels.list()).find((reel) => reel.id === id)!;
    return lab.base64(await reel.export());
  }, reel);
  await expect.poll(() => page.title()).toBe('sending');
  await context.setOffline(true);
  await page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 1500)));
  await context.setOffline(false);
  await check(page, 'refused.mp4', await sending, (name) => info.outputPath(name));
});

test('a short recording is one part, and a refusal that does not end is an error with its status', async ({
  page,
}, info) => {
  await open(page);
  const { exported, failure } = await page.evaluate(async (storage) => {
    const recorder = new lab.trackreel.Recorder(lab.loopback.stream);
    await recorder.start();
    await lab.reached(recorder, ({ duration }) => duration > 3);
    await recorder.stop();
    const module = '/pkg/upload.js';
    const { upload }: { upload: typeof Upload } = await import(module);
    const refused = { begin: async () => 'x', address: async () => `${storage}/nowhere/x`, complete: async () => {} };
    const failure = await upload(recorder.reel!, { ...refused, attempts: 2 }).catch((error) => ({
      name: error.name,
      code: error.code,
      status: error.status,
    }));
    // It is begun already, under another name: an app that changes its storage begins with another reel.
    await new Promise((resolve) => (indexedDB.deleteDatabase('trackreel-uploads').onsuccess = resolve));
    await uploads.send(recorder.reel!, 'short.mp4');
    return { exported: await lab.base64(await recorder.export()), failure };
  }, STORAGE);
  expect(failure).toEqual({ name: 'UploadError', code: 'upload', status: 404 });
  await check(page, 'short.mp4', exported, (name) => info.outputPath(name));
});
