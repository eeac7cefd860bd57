import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { MAX_WAITING } from '../../js/capture.js';
import type { TappedFrame } from '../../js/tap-messages.js';
import { decoderCodec, tappedFrames } from '../../js/tapped-frames.js';

interface Chunk {
  type: string;
  timestamp: number;
}

/** A decoder that outputs each chunk as a frame when a test has it do so. */
class Decoder {
  static created: Decoder[] = [];
  state = 'unconfigured';
  decodeQueueSize = 0;
  codec = '';
  readonly chunks: Chunk[] = [];
  readonly init: { output(frame: unknown): void; error(error: Error): void };

  constructor(init: Decoder['init']) {
    this.init = init;
    Decoder.created.push(this);
  }
  configure({ codec }: { codec: string }) {
    this.codec = codec;
    this.state = 'configured';
  }
  decode(chunk: Chunk) {
    this.chunks.push(chunk);
  }
  close() {
    this.state = 'closed';
  }
  /** Gives the frame of the next chunk, or of one after it. */
  output(skipped = 0) {
    this.chunks.splice(0, skipped);
    const { timestamp } = this.chunks.shift()!;
    this.init.output({ timestamp, close: () => closed++ });
  }
  fail() {
    this.state = 'closed';
    this.init.error(new Error('decode'));
  }
}

let closed = 0;

beforeEach(() => {
  Decoder.created = [];
  closed = 0;
  class EncodedVideoChunk {
    constructor(init: Chunk) {
      Object.assign(this, init);
    }
  }
  Object.assign(globalThis, { VideoDecoder: Decoder, EncodedVideoChunk });
});

const readers: ReadableStreamDefaultReader[] = [];
afterEach(() => Promise.all(readers.splice(0).map((reader) => reader.cancel())));

/** The ends of a line and of its tap, whose messages arrive at once. */
function make() {
  const port = () => ({
    onmessage: null as ((event: { data: unknown }) => void) | null,
    sent: [] as string[],
    postMessage(message: object) {
      this.sent.push(Object.keys(message).join());
    },
    close() {
      this.sent.push('closed');
    },
  });
  const line = port();
  let [missed, lost] = [0, 0];
  const frames = tappedFrames(
    line as never,
    (count) => (missed += count),
    () => lost++,
  );
  const reader = frames.getReader();
  readers.push(reader);
  const subscribe = () => {
    const tap = port();
    line.onmessage!({ data: { subscribed: tap } });
    return tap;
  };
  const tap = subscribe();
  const send = (rtp: number, type: 'key' | 'delta', more: Partial<TappedFrame> = {}, to = tap) =>
    to.onmessage!({
      data: {
        ...{ rtp, type, ssrc: 1, mimeType: 'video/VP8', received: performance.timeOrigin + 1000 + rtp / 90 },
        ...{ data: new ArrayBuffer(1), ...more },
      },
    });
  return { line, tap, subscribe, send, reader, missed: () => missed, lost: () => lost };
}

test('frames before the first key frame are none of the recording; a key frame is asked for until one comes', (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] });
  const { tap, send, missed } = make();
  assert.deepEqual(tap.sent, ['key']);
  send(1, 'delta');
  t.mock.timers.tick(1300);
  assert.deepEqual(tap.sent, ['key', 'key', 'key']);
  send(2, 'key');
  send(3, 'delta');
  t.mock.timers.tick(1300);
  assert.deepEqual([tap.sent.length, missed()], [3, 0]);
  assert.deepEqual(
    Decoder.created[0]!.chunks.map(({ type }) => type),
    ['key', 'delta'],
  );
});

test('a frame has its RTP timestamp and when it was received, and its own time survives the overflow', async () => {
  const { send, reader } = make();
  send(2 ** 32 - 3000, 'key');
  send(0, 'delta');
  send(3000, 'delta');
  const [decoder] = Decoder.created;
  assert.deepEqual(
    decoder!.chunks.map(({ timestamp }) => timestamp),
    [0, 33_333, 66_667],
  );
  for (let n = 0; n < 3; n++) decoder!.output();
  await reader.read();
  const { value } = await reader.read();
  assert.deepEqual([value!.rtp, Math.round(value!.arrived)], [0, 1000]);
});

test('AV1 repeats its first frame: the repeats are no frames', () => {
  const { send, missed } = make();
  for (let n = 0; n < 10; n++) send(1, 'key', { mimeType: 'video/AV1' });
  send(2, 'delta', { mimeType: 'video/AV1' });
  assert.deepEqual([Decoder.created[0]!.chunks.length, missed()], [2, 0]);
});

test('a decoder that fails is replaced at the next key frame; what is lost until then counts', async () => {
  const { tap, send, reader, missed } = make();
  send(1, 'key');
  Decoder.created[0]!.output();
  send(2, 'delta');
  Decoder.created[0]!.fail();
  assert.deepEqual([tap.sent, missed()], [['key', 'key'], 1]);
  send(3, 'delta');
  send(4, 'key');
  assert.equal(missed(), 2);
  Decoder.created[1]!.output();
  assert.deepEqual([(await reader.read()).value!.rtp, (await reader.read()).value!.rtp], [1, 4]);
});

test('what nothing can decode does not have key frames be asked for on and on', async (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] });
  const { tap, send } = make();
  for (let n = 0; n < 5; n++) {
    send(n, 'key');
    Decoder.created[n]!.fail();
  }
  const asked = tap.sent.length;
  t.mock.timers.tick(60_000);
  assert.equal(tap.sent.length - asked, 6);
});

test('when the tap has ended, that is reported: frames have to come another way', () => {
  const { line, lost } = make();
  assert.equal(lost(), 0);
  line.onmessage!({ data: { ended: true } });
  assert.equal(lost(), 1);
});

test('what a decoder swallows counts as missed', async () => {
  const { send, reader, missed } = make();
  send(1, 'key');
  send(2, 'delta');
  send(3, 'delta');
  Decoder.created[0]!.output(2);
  assert.deepEqual([(await reader.read()).value!.rtp, missed()], [3, 2]);
});

test('another codec gets another decoder, and H.264 one of its own profile and level', () => {
  const { send } = make();
  send(1, 'key');
  send(2, 'delta');
  send(3, 'key');
  const data = new Uint8Array([0, 0, 0, 1, 0x67, 0x64, 0x00, 0x1f, 0, 0]).buffer;
  send(4, 'key', { mimeType: 'video/H264', data });
  assert.deepEqual(
    Decoder.created.map(({ codec, state }) => [codec, state]),
    [
      ['vp8', 'closed'],
      ['avc1.64001f', 'configured'],
    ],
  );
  assert.equal(decoderCodec('video/flexfec-03'), undefined);
});

test('a codec that no decoder takes is asked for again, and throws nothing', () => {
  const { tap, send, missed } = make();
  send(1, 'key', { mimeType: 'video/other' });
  assert.deepEqual([Decoder.created.length, tap.sent, missed()], [0, ['key', 'key'], 0]);
});

test('a slow worker drops the oldest frames, closes and counts them; a slow decoder is given no more', async () => {
  const { tap, send, reader, missed } = make();
  for (let rtp = 1; rtp <= MAX_WAITING + 5; rtp++) {
    send(rtp, rtp === 1 ? 'key' : 'delta');
    Decoder.created[0]!.output();
  }
  assert.deepEqual([missed(), closed], [5, 5]);
  assert.equal((await reader.read()).value!.rtp, 6);
  Decoder.created[0]!.decodeQueueSize = MAX_WAITING + 1;
  send(100, 'delta');
  send(101, 'delta');
  assert.deepEqual([missed(), tap.sent.filter((one) => one === 'key').length >= 2], [7, true]);
});

test('a line continues with another tap, from a key frame on', async () => {
  const { tap, subscribe, send, reader, missed } = make();
  send(1, 'key');
  const next = subscribe();
  assert.deepEqual([tap.sent, next.sent], [['key', 'closed'], ['key']]);
  send(2, 'delta', {}, next);
  send(3, 'key', {}, next);
  assert.equal(missed(), 1);
  Decoder.created[0]!.output();
  Decoder.created[0]!.output();
  assert.deepEqual([(await reader.read()).value!.rtp, (await reader.read()).value!.rtp], [1, 3]);
});

test('the end unsubscribes, and closes ports, decoder and frames', async () => {
  const { line, tap, send, reader } = make();
  send(1, 'key');
  send(2, 'delta');
  Decoder.created[0]!.output();
  await reader.cancel();
  assert.deepEqual([line.sent, tap.sent], [['closed'], ['key', 'end', 'closed']]);
  assert.deepEqual([Decoder.created[0]!.state, closed], ['closed', 1]);
});
