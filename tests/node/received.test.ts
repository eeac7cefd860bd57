import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import type { RecorderOptions } from '../../js/index.js';
import { entriesOf } from '../../js/option-entries.js';
import { keptCodecs } from '../../js/received.js';

const RECEIVED = ['VP8', 'rtx', 'VP9', 'VP9', 'H264', 'H264', 'AV1', 'red'].map((name) => ({
  mimeType: `video/${name}`,
}));

/** A browser that has these APIs, and receives every codec. */
function browse(...names: string[]): void {
  for (const name of names) Object.assign(globalThis, { [name]: class {} });
  Object.assign(globalThis, { RTCRtpReceiver: { getCapabilities: () => ({ codecs: RECEIVED }) } });
}

afterEach(() => {
  for (const name of ['RTCRtpScriptTransform', 'MediaStreamTrackProcessor', 'RTCRtpReceiver', 'VideoDecoder']) {
    Reflect.deleteProperty(globalThis, name);
  }
});

const kept = async (options: RecorderOptions) => (await keptCodecs(entriesOf(options))).join(' ');

test('Chromium keeps what a file holds and the codec asks for', async () => {
  browse('RTCRtpScriptTransform', 'MediaStreamTrackProcessor');
  assert.equal(await kept({}), 'vp9 h264 av1');
  assert.equal(await kept({ container: 'webm' }), 'vp8 vp9 av1');
  assert.equal(await kept({ codec: 'h264' }), 'h264');
  assert.equal(await kept({ codec: 'h264', source: 'received' }), 'vp9 h264 av1');
  assert.equal(await kept({ source: 'frames' }), '');
});

test('Firefox keeps H.264, which it can decode to detect static pictures', async () => {
  browse('RTCRtpScriptTransform');
  const isConfigSupported = async ({ codec }: VideoDecoderConfig) => ({ supported: codec.startsWith('avc1') });
  Object.assign(globalThis, { VideoDecoder: { isConfigSupported } });
  assert.equal(await kept({}), 'h264');
  assert.equal(await kept({ container: 'webm' }), '');
});

test('where H.264 can not be decoded, it is kept if static pictures are not detected', async () => {
  browse('RTCRtpScriptTransform');
  assert.equal(await kept({}), '');
  assert.equal(await kept({ freeze: 'keep' }), 'h264');
  assert.equal(await kept({ source: 'received' }), 'h264');
  assert.equal(await kept({ freeze: 'keep', container: 'webm' }), '');
});

test('a browser without encoded frames keeps none', async () => {
  browse('MediaStreamTrackProcessor');
  assert.equal(await kept({ freeze: 'keep' }), '');
});
