import { readFileSync } from 'node:fs';
import type { Page } from '@playwright/test';
import { expect, test } from '../e2e/support/fixtures.js';
import { samplesOf } from '../e2e/support/samples.js';
import { missingForDesktop, withDesktop } from './desktop.js';
import { withMortal } from './mortal.js';
import { open } from './storage.js';

declare global {
  /** What became of a click so far. */
  var outcome: string;
}

/** Has the page show a button that can be clicked once, and that does this. */
const offer = (page: Page, of: 'a file' | 'the file before') =>
  page.evaluate((of) => {
    const button = document.createElement('button');
    button.id = 'save';
    button.style.cssText = 'position: fixed; inset: 0; z-index: 9';
    document.body.append(button);
    globalThis.outcome = '';
    const pick = () =>
      (globalThis as unknown as { showSaveFilePicker(): Promise<FileSystemFileHandle> }).showSaveFilePicker();
    const save = async () => {
      const file = of === 'a file' ? await pick() : undefined;
      globalThis.outcome = 'picked';
      const [reel] = await lab.trackreel.reels.list();
      await reel!.saveTo(file);
      globalThis.outcome = 'saved';
    };
    button.onclick = () => {
      button.remove();
      void save().catch((error: Error) => (globalThis.outcome = String(error)));
    };
  }, of);

/** Does something, again and again, until the page reports this outcome. */
const until = (page: Page, outcome: string, act: () => void) =>
  expect
    .poll(
      async () => {
        const reached = await page.evaluate(() => globalThis.outcome);
        if (!reached) act();
        return reached;
      },
      { intervals: [500], timeout: 30_000 },
    )
    .toBe(outcome);

// In the origin's own folders files need no permission. Those of a user do, and after a crash not even their size could be read.
test('a file that a user has picked is written, and continued with the user’s permission after the browser was killed', async ({}, info) => {
  const missing = missingForDesktop();
  test.skip(missing.length > 0, `${missing.join(', ')} missing`);
  const path = info.outputPath('picked.mp4');
  await withDesktop((desktop) =>
    withMortal(
      info,
      async (browser) => {
        let page = await browser.open();
        await open(page);
        await page.evaluate(async () => {
          const recorder = await uploads.record();
          await lab.reached(recorder, ({ duration }) => duration > 1);
        });
        await offer(page, 'a file');
        await page.click('#save');
        desktop.focus('this site can see edits');
        desktop.press('ctrl+a');
        desktop.type(path);
        await until(page, 'picked', () => desktop.press('alt+s'));
        await expect.poll(() => readFileSync(path).length, { timeout: 60_000 }).toBeGreaterThan(100_000);
        await browser.kill();
        const before = readFileSync(path).length;

        page = await browser.open();
        await open(page);
        await offer(page, 'the file before');
        await page.click('#save');
        await page.evaluate(async () => {
          while (globalThis.outcome !== 'picked') await new Promise(requestAnimationFrame);
          globalThis.outcome = '';
        });
        // The first two buttons of the browser's question, "Allow this time" and "Allow on every visit".
        const heights = [303, 340];
        await until(page, 'saved', () => desktop.click(290, heights.reverse()[0]!));
        const exported = await page.evaluate(async () => {
          const [reel] = await lab.trackreel.reels.list();
          return lab.base64(await reel!.export());
        });
        const saved = readFileSync(path);
        expect(saved.length).toBeGreaterThan(before);
        const expected = samplesOf(info.outputPath('exported.mp4'), Buffer.from(exported, 'base64'));
        expect(samplesOf(path, saved)).toEqual(expected);
      },
      desktop.browser,
    ),
  );
});
