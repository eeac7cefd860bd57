// npm run record -- --seconds 10 --out demo.mp4: records the page's loopback in a headless Chromium, by the page's own buttons.
import { stat } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { buildPackage } from './build.mjs';
import { buildPage, servePage } from './page.mjs';
import { ensureBrowsers } from './setup.mjs';

const { seconds, out, connection, width, height } = readArguments();
await buildPackage();
await buildPage();
ensureBrowsers();
const { launchChromium } = await import('./browser.mjs');
const server = await servePage();
const browser = await launchChromium();
try {
  const page = await browser.newPage({ acceptDownloads: true });
  page.on('console', (message) => console.error(`page: ${message.text()}`));
  page.on('pageerror', (error) => console.error(`page: ${error}`));
  // The page's own limit of an hour would end a longer recording.
  const maxLength = `${Math.ceil(seconds) + 60}s`;
  await page.goto(`${server.url}?codec=${connection}&width=${width}&height=${height}&maxLength=${maxLength}`);
  await page.getByRole('button', { name: 'Record', exact: true }).click();
  const over = await page.waitForFunction(endOf, seconds, { timeout: 0 });
  const { failure } = await over.jsonValue();
  if (failure) throw new Error(failure);
  await page.getByRole('button', { name: 'Stop', exact: true }).click();
  await page.waitForFunction(() => trackreelDemo.recorder.state === 'inactive');
  await page.getByRole('button', { name: 'Export', exact: true }).click();
  const saved = page.waitForEvent('download');
  await page.getByRole('dialog').getByRole('button', { name: 'Save', exact: true }).click();
  await (await saved).saveAs(out);
  const progress = await page.evaluate(() => trackreelDemo.recorder.progress);
  const { frames, time, codec, drops } = progress;
  const { size: bytes } = await stat(out);
  const size = `${progress.width}x${progress.height}`;
  console.log(JSON.stringify({ frames, duration: time, bytes, codec, size, drops }));
} finally {
  await browser.close();
  await server.close();
}

/** In the page: whether the recording is as long as asked, or has failed or ended before; nothing while it runs. */
function endOf(seconds) {
  const { progress, state } = trackreelDemo.recorder;
  if (progress.duration >= seconds) return {};
  const textOf = (id) => document.getElementById(id).textContent;
  const failure = textOf('error') || (state === 'inactive' && `the recording has ended: ${textOf('status')}`);
  return failure && { failure };
}

function readArguments() {
  const usage =
    'usage: npm run record -- [--seconds 10] [--out demo.mp4] [--connection VP8|VP9|H264|AV1] [--width 1280] [--height 720]';
  const text = (fallback) => ({ type: 'string', default: fallback });
  try {
    const { values } = parseArgs({
      options: {
        seconds: text('10'),
        out: text('demo.mp4'),
        connection: text('VP8'),
        width: text('1280'),
        height: text('720'),
      },
    });
    const seconds = Number(values.seconds);
    if (!(seconds > 0 && seconds <= 86_400)) {
      throw new Error(`--seconds must be a number above 0 and up to 86400, not '${values.seconds}'`);
    }
    if (!['VP8', 'VP9', 'H264', 'AV1'].includes(values.connection)) {
      throw new Error(`--connection must be VP8, VP9, H264 or AV1, not '${values.connection}'`);
    }
    for (const side of ['width', 'height']) {
      const pixels = Number(values[side]);
      if (!Number.isInteger(pixels) || pixels < 64 || pixels > 4096) {
        throw new Error(`--${side} must be a whole number from 64 to 4096, not '${values[side]}'`);
      }
    }
    return { ...values, seconds };
  } catch (error) {
    console.error(`${error.message}\n${usage}`);
    process.exit(2);
  }
}
