// How close to the sent pictures a file is, compared with the received pictures; and what it takes on disk.
import { createReadStream } from 'node:fs';
import { copyFile, mkdir, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { build } from 'esbuild';
import { launchChromium } from '../scripts/browser.mjs';
import { FILMED, FOLDER, fetchFilms, makeClip } from './quality/clips.mjs';
import { bitratesOf } from './bitrates.mjs';
import { rounded } from './numbers.mjs';

const FPS = 30;
const DRAWN = ['text', 'scene'];

/** What senders spend on VP8, in bits per second: aiortc at 512×512 up to 5 Mbit/s, browsers what libwebrtc allows at most. */
const SENDERS = {
  '320x320': 1_700_000,
  '512x512': 5_000_000,
  '640x360': 1_700_000,
  '1280x720': 2_500_000,
  '1920x1080': 2_500_000,
};
const SIZES = Object.keys(SENDERS);

/** The most that may be lost at medium quality. Some encoders cannot hold it for pictures that are easy to encode, at any bitrate. */
const AIM_DB = 1.5;

/** A metric for each content, size, encoder and quality. */
export async function* quality({ frames, sizes = SIZES, contents = [...FILMED, ...DRAWN] }) {
  const canFilm = contents.every((name) => DRAWN.includes(name)) || fetchFilms();
  const lab = await open();
  for (const size of sizes) {
    for (const name of contents.filter((name) => canFilm || DRAWN.includes(name))) {
      yield* metricsOf(lab, name, size, frames);
    }
  }
  await lab.close();
}

async function* metricsOf({ call }, name, sizeName, frames) {
  const [width, height] = sizeName.split('x').map(Number);
  const size = { width, height };
  const content = DRAWN.includes(name) ? { drawn: name } : { url: await makeClip(name, size, frames) };
  const sender = { codec: 'vp8', bitrate: SENDERS[sizeName], bitrateMode: 'constant' };
  const received = await call('send', { content, size, frames, sender });
  const { low, medium, high } = bitratesOf({ ...size, fps: FPS });
  const codec = 'avc1.640028';
  const recorders = [
    ['browser', 'low', { codec, bitrate: low }],
    ['browser', 'medium', { codec, bitrate: medium }],
    ['browser', 'high', { codec, bitrate: high }],
    ['openh264', 'medium', { module: true, bitrate: medium }],
  ];
  for (const [encoder, quality, recorder] of recorders) {
    const file = await call('record', { recorder });
    const loss = rounded(received.psnr - file.psnr, 2);
    yield {
      name: `quality-${name}-${sizeName}-${encoder}-${quality}`,
      value: loss,
      unit: 'dB lost',
      against: `at most ${AIM_DB} at medium quality, where twice the bitrate can hold it`,
      ...{ content: name, size: sizeName, encoder, quality },
      ...{ receivedDb: rounded(received.psnr, 1), receivedKbps: rounded(received.kbps, 0) },
      ...{
        fileDb: rounded(file.psnr, 1),
        fileKbps: rounded(file.kbps, 0),
        askedKbps: rounded(recorder.bitrate / 1000, 0),
      },
      framesMissing: file.missing,
    };
  }
}

/** Opens a page with a worker that encodes and compares. */
async function open() {
  await mkdir(FOLDER, { recursive: true });
  const entryPoints = ['bench/quality/worker.js'];
  await build({ entryPoints, bundle: true, format: 'esm', outdir: FOLDER, logLevel: 'error' });
  await copyFile('pkg/openh264.wasm', `${FOLDER}/openh264.wasm`);
  await writeFile(`${FOLDER}/index.html`, '<!doctype html><title>quality</title><link rel="icon" href="data:,">');
  const { url, close } = await serve();
  const browser = await launchChromium();
  const page = await browser.newPage();
  page.on('console', (message) => console.error(message.text()));
  await page.goto(`${url}/index.html`);
  await page.evaluate(() => {
    globalThis.worker = new Worker('/worker.js', { type: 'module' });
    globalThis.call = (call, ask) =>
      new Promise((resolve, reject) => {
        globalThis.worker.onmessage = ({ data }) => (data.error ? reject(new Error(data.error)) : resolve(data.answer));
        globalThis.worker.onerror = ({ message }) => reject(new Error(message));
        globalThis.worker.postMessage({ call, ask });
      });
  });
  return {
    call: (name, ask) => page.evaluate((args) => globalThis.call(...args), [name, ask]),
    async close() {
      await browser.close();
      close();
    },
  };
}

const TYPES = { html: 'text/html', js: 'text/javascript', wasm: 'application/wasm' };

/** Serves the folder, and ranges of its files: clips are larger than a page should hold. */
function serve() {
  const server = createServer(async ({ url, headers }, response) => {
    const file = FOLDER + url;
    const { size } = await stat(file).catch(() => ({}));
    if (size === undefined) return response.writeHead(404).end();
    const [start, end] = (/^bytes=(\d+)-(\d+)$/.exec(headers.range) ?? [, 0, size - 1]).slice(1).map(Number);
    response.writeHead(headers.range ? 206 : 200, {
      'Content-Type': TYPES[file.split('.').pop()] ?? 'application/octet-stream',
      'Content-Length': end - start + 1,
      'Cache-Control': 'no-store',
    });
    createReadStream(file, { start, end }).pipe(response);
  });
  // A page that encodes for a while before it asks again must not find its connection closed.
  server.keepAliveTimeout = 600_000;
  return new Promise((resolve) => {
    server.listen(0, 'localhost', () => {
      resolve({ url: `http://localhost:${server.address().port}`, close: () => server.close() });
    });
  });
}
