import type { Page } from '@playwright/test';
import { expect, test } from '../e2e/support/fixtures.js';
import { samplesOf } from '../e2e/support/samples.js';
import { withMortal } from './mortal.js';
import { check, open, partsTaken } from './storage.js';

/** Begins to record; gives the reel's id once it is on disk. */
const record = (page: Page) =>
  page.evaluate(async () => {
    const { id } = (await uploads.record()).reel!;
    while (!(await lab.trackreel.reels.list()).some((reel) => reel.id === id)) await new Promise(requestAnimationFrame);
    return id;
  });

test('a browser that is killed while it sends to a storage of parts continues, and each part is there once', async ({}, info) => {
  const before = (await partsTaken()).length;
  const object = 'killed.mp4';
  await withMortal(info, async (browser) => {
    let page = await browser.open();
    await open(page);
    const id = await record(page);
    // While it records, and then while the index is on its way.
    for (const part of [3, 1]) {
      const sends = page.waitForRequest((request) => request.url().includes(`${object}?partNumber=${part}&`));
      void page.evaluate(([id, object]) => uploads.send({ id }, object), [id, object] as const).catch(() => {});
      await sends;
      await browser.kill();
      page = await browser.open();
      await open(page);
    }
    const exported = await page.evaluate(
      async ([id, object]) => {
        await uploads.send({ id }, object);
        const reel = (await lab.trackreel.reels.list()).find((reel) => reel.id === id)!;
        return lab.base64(await reel.export());
      },
      [id, object] as const,
    );
    expect(await check(page, object, exported, (name) => info.outputPath(name))).toBeGreaterThan(10_000_000);
  });
  const parts = (await partsTaken()).slice(before);
  // A part in transit at a kill is sent again: one part, and then the last one and the index.
  const twice = parts.filter((part, n) => parts.indexOf(part) !== n);
  expect(twice.length).toBeLessThanOrEqual(3);
});

test('a browser that is killed while it writes a file continues it, each byte once', async ({}, info) => {
  await withMortal(info, async (browser) => {
    let page = await browser.open();
    const restart = async () => {
      await open(page);
      // Each write begins with this.
      await page.evaluate(() => {
        const { createWritable } = FileSystemFileHandle.prototype;
        FileSystemFileHandle.prototype.createWritable = function (options) {
          console.debug('writes');
          return createWritable.call(this, options);
        };
      });
    };
    /** Resolves when the file is written to for the nth time. */
    const writes = async (n: number) => {
      for (let left = n; left > 0; left--) {
        await page.waitForEvent('console', (message) => message.text() === 'writes');
      }
    };
    await restart();
    const id = await record(page);
    const first = writes(3);
    await page.evaluate(async (id) => {
      const folder = await navigator.storage.getDirectory();
      const file = await folder.getFileHandle('killed.mp4', { create: true });
      const reel = (await lab.trackreel.reels.list()).find((reel) => reel.id === id)!;
      void reel.saveTo(file);
    }, id);
    await first;
    await browser.kill();
    page = await browser.open();
    await restart();
    const again = writes(1);
    const continued = (id: string) =>
      lab.trackreel.reels.list().then((reels) => reels.find((reel) => reel.id === id)!.saveTo());
    void page.evaluate(continued, id).catch(() => {});
    await again;
    await browser.kill();
    page = await browser.open();
    await restart();
    await page.evaluate(continued, id);
    const { saved, whole, exported } = await page.evaluate(async (id) => {
      const reel = (await lab.trackreel.reels.list()).find((reel) => reel.id === id)!;
      const all = [];
      for await (const { data } of reel.fragments()) all.push(data);
      const folder = await navigator.storage.getDirectory();
      const saved = await (await folder.getFileHandle('killed.mp4')).getFile();
      const base64 = (blob: Blob) => lab.base64(blob);
      return {
        saved: await base64(saved),
        whole: await base64(new Blob(all)),
        exported: await base64(await reel.export()),
      };
    }, id);
    expect(saved.length).toBeGreaterThan(1_000_000);
    expect(saved === whole, 'the file is what the fragments are').toBe(true);
    const samples = (name: string, base64: string) => samplesOf(info.outputPath(name), Buffer.from(base64, 'base64'));
    expect(samples('saved.mp4', saved)).toEqual(samples('exported.mp4', exported));
  });
});
