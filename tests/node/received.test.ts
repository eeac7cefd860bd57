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
  for (const name of ['RTCRtpScriptTransform', 'MediaStreamTrackProcessor', 'RTCRtpReceiver']) {
    Reflect.deleteProperty(globalThis, name);
  }
});

const kept = (options: RecorderOptions) => keptCodecs(entriesOf(options)).join(' ');

test('Chromium keeps what a file holds and the codec asks for', () => {
  browse('RTCRtpScriptTransform', 'MediaStreamTrackProcessor');
  assert.equal(kept({}), 'vp9 h264 av1');
  assert.equal(kept({ container: 'webm' }), 'vp8 vp9 av1');
  assert.equal(kept({ codec: 'h264' }), 'h264');
  assert.equal(kept({ codec: 'h264', source: 'received' }), 'vp9 h264 av1');
  assert.equal(kept({ source: 'frames' }), '');
});

test('Firefox keeps H.264 where static pictures are not detected', () => {
  browse('RTCRtpScriptTransform');
  assert.equal(kept({}), '');
  assert.equal(kept({ freeze: 'keep' }), 'h264');
  assert.equal(kept({ source: 'received' }), 'h264');
  assert.equal(kept({ freeze: 'keep', container: 'webm' }), '');
});

test('a browser without encoded frames keeps none', () => {
  browse('MediaStreamTrackProcessor');
  assert.equal(kept({ freeze: 'keep' }), '');
});
