// A browser whose processes are known, on a page that receives a track.
import { setTimeout as sleep } from 'node:timers/promises';
import { launchChromium } from '../scripts/browser.mjs';
import { children } from './process-tree.mjs';

/** The sender's rate and the jitter buffer need a moment to settle. */
const CONNECT_MS = 4000;

/**
 * Opens the page, connects it as `source` has it, and waits `connectMs`; `pid` is that of the browser's first process.
 */
export async function openPage(url, source, connectMs = CONNECT_MS) {
  const before = new Set(children());
  const browser = await launchChromium();
  const pid = children().find((child) => !before.has(child));
  const page = await browser.newPage();
  page.on('pageerror', (error) => console.error(error));
  await page.goto(url);
  const { codec, width, height, fps, sound, tap, streams } = source;
  const options = { codec, width, height, fps, sound, tap, streams };
  await page.evaluate((options) => globalThis.bench.connect(options), options);
  // The sender's sound begins with a click.
  if (sound) await page.mouse.click(1, 1);
  await sleep(connectMs);
  return {
    pid,
    decoded: () => page.evaluate(() => globalThis.bench.decoded()),
    start: (contender, settings) => page.evaluate((args) => globalThis.bench.start(...args), [contender, settings]),
    stop: () => page.evaluate(() => globalThis.bench.stop()),
    psnr: (...asks) => page.evaluate((args) => globalThis.bench.psnr(...args), asks),
    export: (stored) => page.evaluate((stored) => globalThis.bench.export(stored), stored),
    stopRecorder: () => page.evaluate(() => globalThis.bench.stopRecorder()),
    close: () => browser.close(),
  };
}
