import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import type { TrackreelError } from '../../js/errors.js';
import type { WorkerEvent } from '../../js/messages.js';
import { Port } from '../../js/port.js';

/** A worker that answers when a test has it answer. */
class FakeWorker {
  static all: FakeWorker[] = [];
  static refusal: Error | undefined;
  onmessage: ((message: { data: unknown }) => void) | undefined;
  onerror: ((event: { message: string; preventDefault(): void }) => void) | undefined;
  readonly sent: unknown[] = [];
  isTerminated = false;
  readonly name: string;

  constructor(_address: URL, { name }: { name: string }) {
    if (FakeWorker.refusal) throw FakeWorker.refusal;
    this.name = name;
    FakeWorker.all.push(this);
  }

  postMessage(message: unknown): void {
    this.sent.push(message);
  }

  terminate(): void {
    this.isTerminated = true;
  }
}

beforeEach(() => {
  FakeWorker.all = [];
  FakeWorker.refusal = undefined;
  Object.assign(globalThis, { Worker: FakeWorker });
});

const ASK = { id: 'a', clip: [] };

function make() {
  const events: WorkerEvent[] = [];
  const losses: TrackreelError[] = [];
  const port = new Port(
    (event) => events.push(event),
    (error) => losses.push(error),
  );
  const worker = FakeWorker.all[0]!;
  return { port, worker, events, losses, answer: (data: unknown) => worker.onmessage!({ data }) };
}

test('each call gets its own answer, in any order, and progress before it', async () => {
  const { port, worker, answer } = make();
  const reported: number[] = [];
  const first = port.call('export', ASK, [], { onProgress: (done) => reported.push(done) });
  const second = port.call('stop', null);
  port.notify('pause');
  assert.deepEqual(worker.sent, [
    { wasm: undefined },
    { id: 1, call: 'export', ask: ASK },
    { id: 2, call: 'stop', ask: null },
    { id: 0, call: 'pause', ask: null },
  ]);
  answer({ id: 1, done: 0.5 });
  answer({ id: 2, error: { code: 'quota', message: 'full' } });
  answer({ id: 1, answer: 'a movie' });
  answer({ id: 1, done: 1 });
  await assert.rejects(second, { name: 'StorageError', code: 'quota', message: 'full' });
  assert.equal(await first, 'a movie');
  assert.deepEqual(reported, [0.5]);
});

test('an aborted call rejects at once with the signal’s reason, and the worker is notified once', async () => {
  const { port, worker, answer } = make();
  const controller = new AbortController();
  const call = port.call('export', ASK, [], { signal: controller.signal });
  controller.abort(new Error('not needed'));
  await assert.rejects(call, { message: 'not needed' });
  answer({ id: 1, answer: 'a movie' });
  assert.deepEqual(worker.sent.slice(2), [{ abort: 1 }]);
  const late = new AbortController();
  const answered = port.call('export', ASK, [], { signal: late.signal });
  answer({ id: 2, answer: 'a movie' });
  late.abort();
  assert.equal(await answered, 'a movie');
  assert.equal(worker.sent.length, 4, 'an answered call is not aborted');
});

test('a worker that crashes rejects every call, now and later, and is reported once', async () => {
  const { port, worker, losses } = make();
  const call = port.call('stop', null);
  let isHandled = false;
  worker.onerror!({ message: 'Uncaught RangeError', preventDefault: () => (isHandled = true) });
  worker.onerror!({ message: 'again', preventDefault() {} });
  const lost = {
    name: 'WorkerError',
    code: 'worker-lost',
    message: 'the recording worker failed: Uncaught RangeError',
  };
  await assert.rejects(call, lost);
  await assert.rejects(port.call('stop', null), lost);
  assert.deepEqual([losses.length, worker.isTerminated, isHandled], [1, true, true]);
});

test('a worker that the browser can’t load, or refuses, is reported with the way out', async () => {
  const { fetch } = globalThis;
  const answers: [() => Promise<Response>, RegExp][] = [
    [async () => new Response(null, { status: 404 }), /failed: file:.*worker\.js: 404; locate\(\) sets its address$/],
    [
      async () => new Response('<!doctype html>', { headers: { 'Content-Type': 'text/html' } }),
      /worker\.js is text\/html, not a script; locate\(\) sets its address$/,
    ],
    [
      async () => new Response('', { headers: { 'Content-Type': 'text/javascript' } }),
      /could not be loaded, the browser's console has the reason; locate\(\) sets its address$/,
    ],
    [() => Promise.reject(new TypeError('a policy')), /could not be loaded, the browser's console/],
  ];
  for (const [answer, message] of answers) {
    FakeWorker.all = [];
    globalThis.fetch = answer;
    const { port, worker } = make();
    const call = port.call('stop', null);
    worker.onerror!({ message: '', preventDefault() {} });
    await assert.rejects(call, { code: 'worker-lost', message });
  }
  globalThis.fetch = fetch;
  FakeWorker.refusal = new Error('not of this origin');
  const refused: TrackreelError[] = [];
  const port = new Port(undefined, (error) => refused.push(error));
  assert.equal(refused.length, 0, 'later, as every other failure');
  await assert.rejects(port.call('stop', null), {
    message: /failed: not of this origin; locate\(\) sets its address$/,
  });
  assert.equal(refused.length, 1);
});

test('a port that closes lets its calls finish', async () => {
  const { port, worker, answer } = make();
  const call = port.call('stop', null);
  port.close();
  assert.equal(worker.isTerminated, false);
  answer({ id: 1, answer: undefined });
  await call;
  assert.equal(worker.isTerminated, true);
});

test('the worker’s events come through, and its request for an encoder starts another worker', () => {
  const { port, worker, events, answer } = make();
  answer({ event: { type: 'stall', stall: { stalled: true } } });
  assert.deepEqual(events, [{ type: 'stall', stall: { stalled: true } }]);
  answer({ standIn: 'openH264', port: 'a port' });
  const encoder = FakeWorker.all[1]!;
  assert.deepEqual([encoder.name, encoder.sent], ['trackreel-openh264', [{ port: 'a port', wasm: undefined }]]);
  encoder.onerror!({ message: 'a trap', preventDefault() {} });
  assert.deepEqual(worker.sent.at(-1), { lost: 'openH264', reason: 'a trap' });
  answer({ standIn: 'aac', port: 'another port' });
  const sound = FakeWorker.all[2]!;
  assert.deepEqual([sound.name, encoder.isTerminated], ['trackreel-aac', false]);
  answer({ standIn: 'openH264', port: 'another port' });
  assert.equal(encoder.isTerminated, true, 'the one before it');
  FakeWorker.refusal = new Error('not trusted');
  answer({ standIn: 'openH264', port: 'a third port' });
  assert.deepEqual(worker.sent.at(-1), { lost: 'openH264', reason: 'not trusted' });
  port.lose('it has ended');
  assert.ok(FakeWorker.all.every(({ isTerminated }) => isTerminated));
});

// A list of recordings on a server failed with "Class extends value undefined".
test('where there is no Worker, calls report that it is not supported', async () => {
  Object.assign(globalThis, { Worker: undefined });
  const port = new Port();
  await assert.rejects(port.call('listReels', null), { name: 'UnsupportedError', code: 'unsupported' });
});
