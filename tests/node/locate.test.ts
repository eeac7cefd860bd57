import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { locate, locationOf, type FileAddresses } from '../../js/locate.js';

const NAMES = [
  'worker',
  'wasm',
  'openH264Worker',
  'openH264Wasm',
  'aacWorker',
  'aacWasm',
  'tapWorker',
  'soundWorklet',
] as const;

afterEach(() => {
  locate(Object.fromEntries(NAMES.map((name) => [name, undefined])));
  for (const name of ['document', 'location', 'trustedTypes']) Reflect.deleteProperty(globalThis, name);
});

/** The parts of a page on which its addresses depend. */
function page(address: string): void {
  const { origin, href } = new URL(address);
  Object.assign(globalThis, { document: { baseURI: href }, location: { origin } });
}

test('locate() takes addresses and nothing else', () => {
  page('https://a.example/app/index.html');
  locate({ worker: '/worker.js', wasm: '/module.wasm' });
  const wrong: [files: unknown, message: string][] = [
    [
      { wrker: '/worker.js' },
      "no file is called 'wrker', only worker, wasm, openH264Worker, openH264Wasm, aacWorker, aacWasm, tapWorker, soundWorklet",
    ],
    [
      { wrker: undefined },
      "no file is called 'wrker', only worker, wasm, openH264Worker, openH264Wasm, aacWorker, aacWasm, tapWorker, soundWorklet",
    ],
    [{ worker: 5 }, 'worker must be the address of a file, not 5'],
    [{ worker: '' }, "worker must be the address of a file, not ''"],
    [{ wasm: null }, 'wasm must be the address of a file, not null'],
    [{ wasm: 'http://' }, 'wasm must be the address of a file, not http://'],
    [{ worker: '/not-there.js', wasm: {} }, 'wasm must be the address of a file, not [object Object]'],
    [null, 'the files must be an object, not null'],
    ['/worker.js', 'the files must be an object, not /worker.js'],
  ];
  for (const [files, message] of wrong) {
    assert.throws(() => locate(files as FileAddresses), { name: 'OptionError', code: 'invalid-option', message });
  }
  assert.equal(locationOf('worker'), 'https://a.example/worker.js', 'refused addresses have no effect');
});

test('a file that is not named stays as it was, and undefined restores its default', () => {
  page('https://a.example/app/index.html');
  locate({ wasm: 'lib/module.wasm' });
  locate({ openH264Wasm: new URL('https://b.example/openh264.wasm') });
  assert.deepEqual(NAMES.map(locationOf), [
    undefined,
    'https://a.example/app/lib/module.wasm',
    undefined,
    'https://b.example/openh264.wasm',
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
  locate({ wasm: undefined });
  assert.equal(locationOf('wasm'), undefined);
});

test('a worker of another origin is imported by a Blob of this one', async () => {
  page('https://a.example/app/index.html');
  locate({ worker: 'https://b.example/it"s.js', openH264Worker: 'https://a.example/openh264-worker.js' });
  const address = locationOf('worker')!;
  assert.match(address, /^blob:/);
  assert.equal(await (await fetch(address)).text(), 'import "https://b.example/it%22s.js"');
  assert.equal(locationOf('openH264Worker'), 'https://a.example/openh264-worker.js');
});

test('an address that a Trusted Types policy made reaches the worker as it is', () => {
  page('https://a.example/');
  const trusted = { toString: () => 'https://b.example/worker.js', toJSON: () => 'https://b.example/worker.js' };
  assert.throws(() => locate({ worker: trusted }), { code: 'invalid-option' });
  Object.assign(globalThis, { trustedTypes: { isScriptURL: (value: unknown) => value === trusted } });
  locate({ worker: trusted, wasm: trusted });
  assert.equal(locationOf('worker'), trusted);
  assert.equal(locationOf('wasm'), 'https://b.example/worker.js');
});

test('a server that renders the page takes any address and loads nothing', () => {
  locate({ worker: 'https://b.example/worker.js', wasm: '/module.wasm' });
  assert.equal(locationOf('worker'), 'https://b.example/worker.js');
  assert.equal(locationOf('wasm'), 'file:///module.wasm');
});
