// The software encoder: what a frame costs, against the browser's own software encoder and another that runs in WebAssembly;
// and how good its pictures are at the same bitrate.
import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { build } from 'esbuild';
import { launchChromium } from '../scripts/browser.mjs';
import { buildOpenH264 } from '../scripts/openh264.mjs';
import { sizesOf } from '../scripts/sizes.mjs';
import { median, rounded } from './numbers.mjs';

const FOLDER = 'target/bench-openh264';
const PEER = 'h264-mp4-encoder';

const SIZES = {
  '360p': { width: 640, height: 360, bitrate: 900_000, pictures: 30 },
  '720p': { width: 1280, height: 720, bitrate: 2_800_000, pictures: 30 },
  '1080p': { width: 1920, height: 1080, bitrate: 6_200_000, pictures: 20 },
};
const SPEED = ['simd', 'scalar', 'baseline', 'peer'];
const QUALITY = ['simd', 'baseline', 'high'];

/** This many rounds of this many frames, the contenders in turn; the pictures of this many frames are compared. */
export async function openH264({ rounds, frames, compared, sizes = Object.keys(SIZES) }) {
  const { call, close } = await open();
  const speeds = [];
  for (const name of sizes) {
    const { bitrate, ...size } = SIZES[name];
    const taken = Object.fromEntries(SPEED.map((contender) => [contender, []]));
    // The first round is for the engine to compile what is hot.
    for (let round = -1; round < rounds; round++) {
      for (const contender of round % 2 ? [...SPEED].reverse() : SPEED) {
        const ms = await call('speed', { contender, size, bitrate, frames: round < 0 ? 5 : frames });
        if (round >= 0) taken[contender].push(ms);
      }
    }
    speeds.push(speedFigure(name, taken));
  }
  const qualities = [];
  for (const [name, bitrate] of compared.cases) {
    const { pictures, width, height } = SIZES[name];
    const ask = { size: { width, height, pictures }, bitrate, frames: compared.frames };
    const results = {};
    for (const contender of QUALITY) results[contender] = await call('quality', { contender, ...ask });
    qualities.push(qualityMetric(name, bitrate, results, compared.frames));
  }
  await close();
  return [...(await sizeFigures()), ...speeds, ...qualities];
}

async function open() {
  await mkdir(FOLDER, { recursive: true });
  await build({
    entryPoints: ['bench/openh264/worker.js'],
    bundle: true,
    format: 'esm',
    outdir: FOLDER,
    logLevel: 'error',
  });
  await copyFile(await buildOpenH264(), `${FOLDER}/openh264.wasm`);
  await copyFile(await buildOpenH264({ scalar: true }), `${FOLDER}/scalar.wasm`);
  await copyFile(`node_modules/${PEER}/embuild/dist/${PEER}.web.js`, `${FOLDER}/peer.js`);
  await writeFile(`${FOLDER}/index.html`, '<!doctype html><title>openh264</title>');
  const browser = await launchChromium();
  const page = await browser.newPage();
  page.on('console', (message) => console.error(message.text()));
  await page.route('http://localhost/**', (route) => {
    const path = new URL(route.request().url()).pathname;
    return path === '/favicon.ico' ? route.abort() : route.fulfill({ path: FOLDER + path });
  });
  await page.goto('http://localhost/index.html');
  await page.evaluate(() => {
    globalThis.worker = new Worker('/worker.js', { type: 'module' });
    globalThis.call = (call, ask) =>
      new Promise((resolve, reject) => {
        globalThis.worker.onmessage = ({ data }) => (data.error ? reject(new Error(data.error)) : resolve(data.answer));
        globalThis.worker.onerror = ({ message }) => reject(new Error(message));
        globalThis.worker.postMessage({ call, ask });
      });
  });
  const call = (name, ask) => page.evaluate((args) => globalThis.call(...args), [name, ask]);
  return { call, close: () => browser.close() };
}

function speedFigure(name, taken) {
  const of = (contender) => median(taken[contender]);
  const against = (contender) =>
    `${rounded(of(contender), 1)} (${rounded(of(contender) / of('simd'), 2)} times as much)`;
  return {
    name: `openh264-${name}`,
    value: rounded(of('simd'), 1),
    unit: 'ms a frame',
    against:
      `medians of ${taken.simd.length} rounds in turn; without our SIMD ${against('scalar')}; ` +
      `Chromium's own software H.264, Constrained Baseline, by the clock ${against('baseline')}; ${PEER} at its fastest ${against('peer')}`,
  };
}

function qualityMetric(name, bitrate, results, frames) {
  const summaryOf = ({ psnr, kbps, shown }) =>
    `${rounded(psnr, 2)} dB at ${rounded(kbps, 0)} kbit/s, ${shown} of ${frames} frames`;
  const { simd, baseline, high } = results;
  return {
    name: `openh264-psnr-${name}-${bitrate / 1000}k`,
    value: rounded(simd.psnr, 2),
    unit: 'dB',
    against:
      `luma, ${summaryOf(simd)}; Chromium's own software H.264: Constrained Baseline ${summaryOf(baseline)}; High ${summaryOf(high)}; ` +
      `${bitrate / 1000} kbit/s were asked for`,
  };
}

async function sizeFigures() {
  const all = (await sizesOf('openH264')).at(-1);
  if (!all) return [];
  return ['raw', 'gzip', 'brotli'].map((key) => ({
    name: `openh264-download-${key}`,
    value: all[key] / 1000,
    unit: 'kB',
    against: 'at most 160 kB gzip; the worker and the wasm, downloaded only where they are needed',
  }));
}
