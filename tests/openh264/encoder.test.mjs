// The encoder in a browser: one worker requests encodes, as the recorder does, another encodes.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { build } from 'esbuild';
import { launchChromium } from '../../scripts/browser.mjs';

const FOLDER = 'target/openh264/tests/page';
let browser;
let page;

before(async () => {
  await mkdir(FOLDER, { recursive: true });
  await build({
    entryPoints: { asking: 'tests/openh264/asking.worker.ts' },
    bundle: true,
    format: 'esm',
    outdir: FOLDER,
    logLevel: 'error',
  });
  await writeFile(`${FOLDER}/index.html`, '<!doctype html><title>openh264</title>');
  browser = await launchChromium();
  page = await open();
});
after(() => browser.close());

/** A page with both workers; `missing` is a file of theirs that is not there, `module` another than the module. */
async function open({ missing, module } = {}) {
  const page = await browser.newPage();
  await page.route('http://localhost/**', (route) => {
    const name = new URL(route.request().url()).pathname.slice(1);
    if (name === missing || name === 'favicon.ico') return route.fulfill({ status: 404, body: '' });
    if (name === 'openh264.wasm' && module) return route.fulfill({ path: module });
    return route.fulfill({ path: name.startsWith('openh264') ? `pkg/${name}` : `${FOLDER}/${name}` });
  });
  await page.goto('http://localhost/index.html');
  await page.evaluate(() => {
    const { port1, port2 } = new MessageChannel();
    new Worker('/openh264-worker.js', { type: 'module' }).postMessage({ port: port1 }, [port1]);
    const asking = new Worker('/asking.js', { type: 'module' });
    asking.postMessage(port2, [port2]);
    globalThis.ask = (name) =>
      new Promise((resolve, reject) => {
        asking.onmessage = ({ data }) => ('error' in data ? reject(new Error(data.error)) : resolve(data.answer));
        asking.onerror = ({ message }) => reject(new Error(message));
        asking.postMessage(name);
      });
  });
  return page;
}

const ask = (name, of = page) => of.evaluate((name) => globalThis.ask(name), name);

test('chunks and their configuration are what a decoder of the browser takes', async () => {
  const { types, timestamps, configs, decoded, likeness } = await ask('decodes');
  assert.deepEqual(types, ['key', ...Array(19).fill('delta'), 'key', ...Array(9).fill('delta')]);
  assert.deepEqual(timestamps, decoded);
  assert.equal(timestamps.length, 30);
  assert.equal(configs.length, 1);
  const { codec, description, ...config } = configs[0];
  assert.match(codec, /^avc1\.42[c-f]0[0-9a-f]{2}$/);
  assert.ok(description > 10);
  assert.deepEqual(config, {
    codedWidth: 320,
    codedHeight: 180,
    colorSpace: { primaries: 'smpte170m', transfer: 'bt709', matrix: 'smpte170m', fullRange: true },
  });
  assert.ok(likeness > 33, `${likeness} dB`);
});

test("a caller's frame stays the caller's, and the queue is counted", async () => {
  assert.deepEqual(await ask('keepsFrames'), { format: 'I420', queued: 5, left: 0, outputs: 5, ready: 'configured' });
});

test('frames of RGB, with an alpha, turned to NV12, cropped and of another size are encoded to the right pictures', async () => {
  for (const [name, likeness] of Object.entries(await ask('layouts'))) {
    assert.ok(likeness > 30, `${name}: ${likeness} dB`);
  }
});

test('another configuration changes the size of the frames that follow', async () => {
  assert.deepEqual(await ask('reconfigures'), [
    { at: 0, size: '320x180' },
    { at: 3, size: '640x360' },
    { at: 6, size: '180x320' },
  ]);
});

test('other colours begin with a key frame that signals them', async () => {
  assert.deepEqual(await ask('recolours'), [
    { at: 0, matrix: 'bt709' },
    { at: 2, matrix: 'smpte170m' },
  ]);
});

test('encoders share a port and do not mix their frames', async () => {
  assert.deepEqual(await ask('shares'), [
    { sizes: ['320x180'], timestamps: [0, 33333, 66666, 99999] },
    { sizes: ['160x90'], timestamps: [1000000, 1033333, 1066666, 1099999] },
  ]);
});

test('an encoder that is closed gives no more and refuses more', async () => {
  assert.deepEqual(await ask('closes'), {
    state: 'closed',
    outputs: 0,
    flush: 'AbortError',
    encode: 'InvalidStateError',
    configure: 'InvalidStateError',
    close: 'InvalidStateError',
    early: 'InvalidStateError',
  });
});

test('what can not be encoded arrives as an error, and closes that encoder alone', async () => {
  const { odd, large, after } = await ask('fails');
  assert.deepEqual(odd, {
    name: 'NotSupportedError',
    state: 'closed',
    message: 'the width and height must be even and at least 16 pixels',
  });
  assert.equal(large.name, 'NotSupportedError');
  assert.match(large.message, /8192/);
  assert.equal(after, 1);
});

test('hundreds of frames leave none open', async () => {
  // A frame that is left open stalls a source, and Chromium warns of it when it is collected.
  const warnings = [];
  const own = await open();
  own.on('console', (message) => warnings.push(message.text()));
  assert.equal(await ask('manyFrames', own), 600);
  await own.close();
  assert.deepEqual(warnings, []);
});

test('where the module can not be loaded the reason is reported', async () => {
  const without = await open({ missing: 'openh264.wasm' });
  await assert.rejects(ask('decodes', without), /the OpenH264 module could not be loaded: .*openh264\.wasm: 404/);
  await without.close();
});

test('a crash of the module arrives as an error', async () => {
  // As if memory ran out where it is not checked.
  const names = ['_initialize', 'configure', 'input', 'encode', 'output', 'output_length', 'reason'];
  const types = {
    _initialize: '',
    configure: '(param i32 i32 f64 i32 i32 i32 i32 i32) (result i32)',
    input: '(param i32 i32 i32) (result i32)',
    encode: '(param f64 i32) (result i32)',
  };
  const bodies = { _initialize: '', configure: '(i32.const 0)', input: '(i32.const 16)', encode: '(unreachable)' };
  const functions = names.map(
    (name) => `(func (export "${name}") ${types[name] ?? '(result i32)'} ${bodies[name] ?? '(i32.const 0)'})`,
  );
  const [text, module] = [`${FOLDER}/crashing.wat`, `${FOLDER}/crashing.wasm`];
  await writeFile(text, `(module (memory (export "memory") 16) ${functions.join(' ')})`);
  execFileSync('node_modules/.bin/wasm-as', [text, '-o', module]);
  const crashing = await open({ module });
  const { name, state, message, flush } = await ask('crashes', crashing);
  await crashing.close();
  assert.deepEqual({ name, state, flush }, { name: 'OperationError', state: 'closed', flush: 'OperationError' });
  assert.match(message, /unreachable/);
});
