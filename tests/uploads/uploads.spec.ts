import { equip, expect, test } from '../e2e/support/fixtures.js';
import { arrange, check, open, partsTaken, STORAGE } from './storage.js';

test('a recording goes up while it lasts, and when it has stopped, the object is a file with its index in front', async ({
  page,
}, info) => {
  await open(page);
  const before = await partsTaken();
  const { exported, early, last, bytes } = await page.evaluate(async () => {
    const recorder = await uploads.record();
    await lab.reached(recorder, ({ bytes }) => bytes > 1000);
    let early = 0;
    let last: { sent: number; total: number | undefined } | undefined;
    let sending: Promise<void> | undefined;
    // Nothing goes up in the first ten seconds: a larger picture would have them encoded a second time.
    await new Promise<void>((resolve, reject) => {
      sending = uploads.send(recorder.reel!, 'live.mp4', {
        onProgress(sent, total) {
          last = { sent, total };
          if (sent < 10_000_000) return;
          early ||= recorder.state === 'recording' && total === undefined ? sent : 0;
          resolve();
        },
      });
      sending.catch(reject);
    });
    await recorder.stop();
    await sending;
    return { exported: await lab.base64(await recorder.export()), early, last, bytes: recorder.reel!.bytes };
  });
  expect(early, 'it was on its way before the end').toBeGreaterThan(0);
  expect(last!.sent, 'all of it was there at the end').toBe(last!.total);
  expect(last!.sent).toBeGreaterThan(bytes);
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
      const onProgress = (sent: number) => sent > 11_000_000 && resolve();
      uploads.send(recorder.reel!, 'reloaded.mp4', { onProgress }).catch(reject);
    });
    return recorder.reel!.id;
  });
  await page.reload();
  await equip(page);
  await arrange(page);
  const exported = await page.evaluate(async (id) => {
    await uploads.send({ id }, 'reloaded.mp4');
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
  await fetch(`${STORAGE}/-/faults?of=503,503`, { method: 'POST' });
  const sending = page.evaluate(async (id) => {
    await uploads.send({ id }, 'refused.mp4', { onProgress: () => (document.title = 'sending') });
    const reel = (await lab.trackreel.reels.list()).find((reel) => reel.id === id)!;
    return lab.base64(await reel.export());
  }, reel);
  await expect.poll(() => page.title()).toBe('sending');
  await context.setOffline(true);
  await page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 1500)));
  await context.setOffline(false);
  await check(page, 'refused.mp4', await sending, (name) => info.outputPath(name));
});

test('a short recording is one part', async ({ page }, info) => {
  await open(page);
  const before = (await partsTaken()).length;
  const exported = await page.evaluate(async () => {
    const reel = await uploads.short();
    await uploads.send(reel, 'short.mp4');
    return lab.base64(await reel.export());
  });
  await check(page, 'short.mp4', exported, (name) => info.outputPath(name));
  expect((await partsTaken()).slice(before)).toEqual([1]);
});
