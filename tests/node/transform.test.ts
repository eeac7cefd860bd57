import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import type { TapCommand, TappedFrame } from '../../js/tap-messages.js';
import { copyTo } from '../../js/transform.js';

type Frame = Parameters<ReturnType<typeof copyTo>>[0];

let page: MessagePort;
let port: MessagePort;
/** What the page has heard on its port. */
let heard: object[];
let requests: number;
/** What keeps the process alive until it is closed, also where a test fails. */
let open: MessagePort[];

beforeEach(() => {
  // Of a worker, which Node 20 has not.
  if (!globalThis.navigator?.locks) {
    const locks = { request: (_: string, hold: () => unknown) => Promise.resolve(hold()) };
    Object.defineProperty(globalThis, 'navigator', { value: { locks }, configurable: true });
  }
  const channel = new MessageChannel();
  [page, port] = [channel.port1, channel.port2];
  [heard, open] = [[], [page, port]];
  page.onmessage = ({ data }) => heard.push(data);
  requests = 0;
});

afterEach(() => {
  for (const port of open) port.close();
});

const transformer = {
  sendKeyFrameRequest() {
    requests++;
    return Promise.reject(new Error('there is no sender'));
  },
};

function frameOf(...bytes: number[]): Frame {
  const metadata = { rtpTimestamp: 90, synchronizationSource: 7, mimeType: 'video/VP9', receiveTime: 5 };
  const frame = { data: new Uint8Array(bytes).buffer, type: 'key', timestamp: 90, getMetadata: () => metadata };
  return frame;
}

/** What a subscriber gets from now on. */
async function subscribe(id: number): Promise<{ got: TappedFrame[]; subscribed: MessagePort }> {
  const { port1, port2 } = new MessageChannel();
  const got: TappedFrame[] = [];
  open.push(port1);
  port1.onmessage = ({ data }) => got.push(data);
  page.postMessage({ subscribe: id, port: port2 } satisfies TapCommand, [port2]);
  await taken();
  return { got, subscribed: port1 };
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setImmediate(resolve));
}

/** Resolves when all that the page has sent on its port was taken: what it asks for last is answered. */
async function taken(): Promise<object> {
  const isFacts = (message: object) => 'frames' in message;
  const before = heard.filter(isFacts).length;
  page.postMessage({ facts: true } satisfies TapCommand);
  await until(() => heard.filter(isFacts).length > before);
  return heard.findLast(isFacts)!;
}

test('a subscriber gets a copy of each frame, and the frame keeps its data', async () => {
  const copy = copyTo(port, transformer);
  const early = frameOf(1, 2);
  copy(early);
  const { got } = await subscribe(1);
  const frame = frameOf(3, 4, 5);
  copy(frame);
  await until(() => got.length > 0);
  assert.equal(frame.data.byteLength, 3);
  assert.deepEqual(
    got.map(({ data, type, rtp, ssrc }) => [[...new Uint8Array(data)], type, rtp, ssrc]),
    [[[3, 4, 5], 'key', 90, 7]],
  );
  assert.deepEqual(await taken(), { frames: 2, mimeType: 'video/VP9', hasKey: true });
  assert.ok(
    heard.some((message) => 'lock' in message),
    'how the page notices that this worker is lost',
  );
  page.postMessage({ unsubscribe: 1 } satisfies TapCommand);
  await taken();
  copy(frameOf(6));
  // Another one's comes after it.
  const { got: others } = await subscribe(2);
  copy(frameOf(7));
  await until(() => others.length > 0);
  assert.equal(got.length, 1);
});

test('what goes wrong with a copy is not thrown, and the next frame is copied', async () => {
  const copy = copyTo(port, transformer);
  const { got, subscribed } = await subscribe(1);
  copy(undefined as unknown as Frame);
  copy({} as Frame);
  const taken = frameOf(1);
  structuredClone(taken.data, { transfer: [taken.data] });
  copy(taken);
  copy(frameOf(2));
  await until(() => got.length > 0);
  assert.deepEqual([...new Uint8Array(got.at(-1)!.data)], [2]);
  subscribed.postMessage({ key: true });
  await until(() => requests === 1);
  page.close();
  copy(frameOf(3));
});

test('a transformer that can not ask for a key frame does no harm', async () => {
  const copy = copyTo(port, {} as typeof transformer);
  const { got, subscribed } = await subscribe(1);
  subscribed.postMessage({ key: true });
  await taken();
  copy(frameOf(1));
  await until(() => got.length === 1);
});

test('without a port nothing is copied', () => {
  for (const none of [undefined, null, 'port', {}]) copyTo(none as undefined, transformer)(frameOf(1));
});
