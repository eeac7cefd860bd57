// The cost of freeze detection for a frame of 1080p: with SIMD and without, in turn.
import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { launchChromium } from '../scripts/browser.mjs';
import { run } from '../scripts/run.mjs';
import { ensureToolchain } from '../scripts/setup.mjs';
import { median, rounded } from './numbers.mjs';

const FOLDER = 'target/bench-freeze';
const FLAGS = { simd: undefined, scalar: '--cfg=web_sys_unstable_apis' };

/**
 * Builds these, both unless fewer are named, and compares them over this many rounds. `profile` is cargo's: in `dev` it is built from the
 * crates of the tests in a browser.
 */
export async function freezeDetection({ rounds, builds = Object.keys(FLAGS), profile = 'release' }) {
  for (const name of builds) await build(name, profile);
  await copyFile('bench/freeze/worker.js', `${FOLDER}/worker.js`);
  await writeFile(`${FOLDER}/index.html`, '<!doctype html><title>freeze</title>');
  const browser = await launchChromium();
  const page = await browser.newPage();
  await page.route('http://localhost/**', (route) => {
    const path = new URL(route.request().url()).pathname;
    return path === '/favicon.ico' ? route.abort() : route.fulfill({ path: FOLDER + path });
  });
  await page.goto('http://localhost/index.html');
  const results = Object.fromEntries(builds.map((name) => [name, []]));
  await page.evaluate(startWorker);
  for (let round = 0; round < rounds; round++) {
    for (const name of round % 2 ? builds.toReversed() : builds) results[name].push(await page.evaluate(ask, name));
  }
  await browser.close();
  const of = (name, what) => rounded(median(results[name].map((result) => result[what])), 2);
  const metric = (what) => ({
    name: `freeze-look-1080p-${what}`,
    value: of('simd', what),
    unit: 'ms a frame',
    against: `at most 1, with the copy of the pixels${results.scalar ? `; without SIMD ${of('scalar', what)}` : ''}`,
  });
  return [metric('moving'), metric('still')];
}

async function build(name, profile) {
  const { wasmBindgen } = await ensureToolchain();
  const target = name === 'simd' ? 'target' : `target/${name}`;
  const env = FLAGS[name] ? { RUSTFLAGS: FLAGS[name] } : {};
  const options = ['--locked', '--quiet', '--target', 'wasm32-unknown-unknown', '--example', 'inspector'];
  await run('cargo', ['build', '--profile', profile, ...options, '--target-dir', target], { env });
  await mkdir(`${FOLDER}/${name}`, { recursive: true });
  const wasm = `${target}/wasm32-unknown-unknown/${profile === 'dev' ? 'debug' : profile}/examples/inspector.wasm`;
  await run(wasmBindgen, [wasm, '--target', 'web', '--out-dir', `${FOLDER}/${name}`]);
  const bound = `${FOLDER}/${name}/inspector_bg.wasm`;
  if (profile === 'dev') return;
  const features = ['--enable-bulk-memory', '--enable-nontrapping-float-to-int', '--enable-reference-types'];
  await run('node_modules/.bin/wasm-opt', ['-O3', ...features, bound, '-o', bound]);
}

function startWorker() {
  return new Promise((resolve, reject) => {
    globalThis.worker = new Worker('/worker.js', { type: 'module' });
    globalThis.worker.onmessage = resolve;
    globalThis.worker.onerror = ({ message }) => reject(new Error(message));
  }).then(() => {});
}

function ask(name) {
  return new Promise((resolve, reject) => {
    globalThis.worker.onmessage = ({ data }) => (data.error ? reject(new Error(data.error)) : resolve(data));
    globalThis.worker.postMessage(name);
  });
}
