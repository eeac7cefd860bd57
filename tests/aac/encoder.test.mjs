import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { test } from 'node:test';
import { adtsOf, decoded } from '../../bench/aac/adts.mjs';
import { AacEncoder, compiled, encode } from '../../bench/aac/module.mjs';
import { chords, snr } from './support.mjs';

const CONFIG = { codec: 'mp4a.40.2', sampleRate: 48_000, numberOfChannels: 2, bitrate: 128_000 };

/** An encoder, with what it reports. */
function open(config = CONFIG, module = compiled) {
  const [chunks, configs, errors] = [[], [], []];
  const encoder = new AacEncoder(module, {
    output: (chunk, { decoderConfig }) => {
      chunks.push(chunk);
      if (decoderConfig) configs.push({ ...decoderConfig, at: chunks.length - 1 });
    },
    error: ({ name, message }) => errors.push({ name, message }),
  });
  if (config) encoder.configure(config);
  return { encoder, chunks, configs, errors };
}

const cut = (planes, from, to) => planes.map((plane) => plane.subarray(from, to));
const dataOf = (chunks) => chunks.map(({ data }) => data);
const settled = () => new Promise((resolve) => setTimeout(resolve));

test('chunks have the times at which they are heard, and the first has what decodes them', async () => {
  const { encoder, chunks, configs } = open();
  encoder.encode({ planes: chords(4800), timestamp: 1_000_000 });
  await encoder.flush();
  const starts = [-1600, -576, 448, 1472, 2496, 3520, 4544].map((at) => 1_000_000 + Math.round(at / 0.048));
  assert.deepEqual(
    chunks.map(({ timestamp }) => timestamp),
    starts,
  );
  chunks.forEach(({ timestamp, duration }, n) => {
    if (n + 1 < chunks.length) assert.equal(timestamp + duration, chunks[n + 1].timestamp);
  });
  assert.deepEqual(configs, [
    { codec: 'mp4a.40.2', sampleRate: 48_000, numberOfChannels: 2, description: Uint8Array.of(0x11, 0x90), at: 0 },
  ]);
});

test('sound in pieces of any length is encoded like the whole', async () => {
  const planes = chords(30_000);
  const { encoder, chunks } = open();
  const lengths = [480, 1, 0, 1023, 1024, 1025, 5000, 441, 7];
  for (let at = 0, n = 0; at < planes[0].length; n++) {
    const end = at + lengths[n % lengths.length];
    encoder.encode({ planes: cut(planes, at, end), timestamp: Math.round(at / 0.048) });
    at = end;
  }
  await encoder.flush();
  assert.deepEqual(dataOf(chunks), encode(planes).units);
});

test('all of the sound is heard after a flush, which may come at any sample', async () => {
  for (const length of [1, 447, 448, 449, 1024, 10_000]) {
    const planes = chords(length);
    const { encoder, chunks } = open();
    encoder.encode({ planes, timestamp: 0 });
    await encoder.flush();
    const heard = decoded(adtsOf(dataOf(chunks), [0x11, 0x90]), 2);
    assert.ok(heard[0].length >= length + encoder.priming);
    if (length > 1024) assert.ok(snr(planes[0], heard[0], encoder.priming) > 30);
  }
});

test('sound after a flush begins with its own timestamp and decodes by itself', async () => {
  const { encoder, chunks, configs } = open();
  encoder.encode({ planes: chords(5000), timestamp: 0 });
  await encoder.flush();
  await encoder.flush();
  const before = chunks.length;
  const planes = chords(9000);
  encoder.encode({ planes, timestamp: 7_000_000 });
  await encoder.flush();
  assert.equal(chunks[before].timestamp, 7_000_000 - Math.round(1600 / 0.048));
  assert.deepEqual(dataOf(chunks.slice(before)), encode(planes).units);
  assert.equal(configs.length, 1);
});

test('another configuration completes the sound before it, and is reported with the next chunk', async () => {
  const { encoder, chunks, configs } = open();
  encoder.encode({ planes: chords(5000), timestamp: 0 });
  encoder.configure({ ...CONFIG, sampleRate: 44_100, numberOfChannels: 1 });
  const [mono] = chords(5000, { sampleRate: 44_100, channels: 1 });
  encoder.encode({ planes: [mono], timestamp: 200_000 });
  await encoder.flush();
  assert.deepEqual(
    configs.map(({ numberOfChannels, at }) => ({ numberOfChannels, at })),
    [
      { numberOfChannels: 2, at: 0 },
      { numberOfChannels: 1, at: 7 },
    ],
  );
  assert.equal(chunks.length, 14);
});

test("nothing is called before the call returns, and the caller's samples may change then", async () => {
  const { encoder, chunks } = open();
  const planes = chords(8192);
  const expected = encode(planes).units;
  encoder.encode({ planes, timestamp: 0 });
  assert.deepEqual([chunks.length, encoder.encodeQueueSize], [0, 1]);
  for (const plane of planes) plane.fill(1);
  await encoder.flush();
  assert.deepEqual(dataOf(chunks), expected);
  assert.equal(encoder.encodeQueueSize, 0);
});

test('without a bitrate 64 kbit/s are taken for each channel', async () => {
  const planes = chords(20_000);
  const { bitrate, ...config } = CONFIG;
  const { encoder, chunks } = open(config);
  encoder.encode({ planes, timestamp: 0 });
  await encoder.flush();
  assert.deepEqual(dataOf(chunks), encode(planes, { bitrate }).units);
});

test('what can not be encoded arrives as an error, and closes the encoder', async () => {
  for (const [wrong, message] of [
    [{ codec: 'mp4a.40.5' }, 'the codec must be mp4a.40.2'],
    [{ sampleRate: 47_999 }, 'the sample rate is none of AAC'],
    [{ numberOfChannels: 6 }, 'there must be one or two channels'],
    [{ bitrate: 5 }, 'the bitrate is too low or too high for this sample rate and these channels'],
  ]) {
    const { encoder, chunks, errors } = open({ ...CONFIG, ...wrong });
    encoder.encode({ planes: chords(5000), timestamp: 0 });
    await assert.rejects(encoder.flush(), { name: 'NotSupportedError', message });
    assert.deepEqual(errors, [{ name: 'NotSupportedError', message }]);
    assert.deepEqual([encoder.state, chunks.length], ['closed', 0]);
  }
});

test('planes that do not fit the configuration arrive as an error', async () => {
  const [left] = chords(5000);
  for (const planes of [[left], [left, left, left], [left, left.subarray(1)], []]) {
    const { encoder, errors } = open();
    encoder.encode({ planes, timestamp: 0 });
    await settled();
    assert.deepEqual([encoder.state, errors.length, errors[0].name], ['closed', 1, 'EncodingError']);
  }
});

test('an encoder that is closed gives no more and refuses more', async () => {
  const { encoder, chunks, errors } = open();
  encoder.encode({ planes: chords(50_000), timestamp: 0 });
  const flush = encoder.flush();
  encoder.close();
  await assert.rejects(flush, { name: 'AbortError' });
  await settled();
  assert.deepEqual([encoder.state, chunks.length, errors], ['closed', 0, []]);
  const refused = { name: 'InvalidStateError' };
  assert.throws(() => encoder.encode({ planes: chords(1), timestamp: 0 }), refused);
  assert.throws(() => encoder.configure(CONFIG), refused);
  assert.throws(() => encoder.flush(), refused);
  assert.throws(() => encoder.close(), refused);
  assert.throws(() => open(null).encoder.encode({ planes: chords(1), timestamp: 0 }), refused);
});

test('a crash of the module arrives as an error', async () => {
  const names = ['_initialize', 'create', 'input', 'encode', 'output', 'description', 'priming'];
  const types = { _initialize: '', create: '(param i32 i32 i32) (result i32)', input: '(param i32) (result i32)' };
  const bodies = { _initialize: '', encode: '(unreachable)' };
  const functions = names.map(
    (name) => `(func (export "${name}") ${types[name] ?? '(result i32)'} ${bodies[name] ?? '(i32.const 0)'})`,
  );
  const [text, wasm] = ['target/aac/crashing.wat', 'target/aac/crashing.wasm'];
  await writeFile(text, `(module (memory (export "memory") 1) ${functions.join(' ')})`);
  execFileSync('node_modules/.bin/wasm-as', [text, '-o', wasm]);
  const { encoder, errors } = open(CONFIG, await WebAssembly.compile(await readFile(wasm)));
  encoder.encode({ planes: chords(2048), timestamp: 0 });
  await assert.rejects(encoder.flush(), { name: 'OperationError' });
  assert.deepEqual([encoder.state, errors.map(({ name }) => name)], ['closed', ['OperationError']]);
  assert.match(errors[0].message, /unreachable/);
});
