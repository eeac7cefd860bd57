import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Capture } from '../../js/capture.js';
import type { Port } from '../../js/port.js';
import { recordingOf, ownerOf, release, roomInMemory } from '../../js/recording.js';

const MB = 1_000_000;
const STARTED = {
  id: 'a',
  container: 'mp4' as const,
  createdAt: 0,
  marks: [],
  cues: [],
  maxLength: 60,
  persist: false,
  inMemory: true,
  hasSound: false,
};
const capture: Capture = { source: new ReadableStream(), stop() {} };

/** A recording that has ended. */
function ended(bytes: number, exportedBytes: number) {
  const port = { close: () => true } as Port;
  return Object.assign(recordingOf(STARTED, port, capture), { saved: true, bytes, exportedBytes });
}

test('what is in memory leaves less room, until it is released', () => {
  assert.equal(roomInMemory(), 500 * MB);
  const first = ended(100 * MB, 0);
  const onDisk = recordingOf({ ...STARTED, inMemory: false }, first.port!, capture);
  onDisk.bytes = 100 * MB;
  assert.equal(roomInMemory(), 400 * MB);
  ownerOf(first).release();
  assert.equal(roomInMemory(), 500 * MB);
  assert.equal(ownerOf(first).export({}), undefined);
});

test('the oldest that was exported in full makes room when half is taken', () => {
  const kept = ended(100 * MB, 99 * MB);
  const exported = [ended(80 * MB, 80 * MB), ended(90 * MB, 90 * MB)];
  const live = Object.assign(ended(50 * MB, 50 * MB), { saved: false });
  assert.equal(roomInMemory(), 260 * MB, 'one was released');
  assert.deepEqual(
    exported.map(({ port }) => port !== undefined),
    [false, true],
  );
  const large = ended(400 * MB, 0);
  assert.equal(roomInMemory(), 0, 'a reel that was not exported stays');
  assert.deepEqual(
    [kept, live, large].map(({ port }) => port !== undefined),
    [true, true, true],
  );
  [kept, live, large].forEach(release);
  assert.equal(roomInMemory(), 500 * MB);
});
