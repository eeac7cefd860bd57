import { connect, expect, test } from './fixtures.js';
import { storageKind } from './storage.js';
import { finish } from './verdict.js';

/** How the frames come in each engine. */
const CAPTURE = { chromium: 'processor', firefox: 'video', webkitgtk: 'worker-processor' };

test('reports before a recording what the recording uses', async ({ engine, notes }) => {
  await connect(engine, notes);
  const { tracks, ...support } = await engine.evaluate(async () => {
    const { reason, ...support } = await stage.trackreel.Recorder.support();
    const sent = stage.spyOnTransfers();
    await stage.begin({ freeze: 'keep' });
    // A segment that is over is large enough to be a Blob, on a slow machine too.
    await stage.take!.recordFor(3);
    return { ...support, reason: reason && String(reason), tracks: sent() };
  });
  expect(support).toMatchObject({ supported: true, capture: CAPTURE[engine.name] });
  if (engine.name === 'webkitgtk') notes.lacks('`MediaStreamTrackProcessor` by default: the tests switch it on');
  if (support.storage === 'buffers')
    notes.lacks('Blobs in IndexedDB, at least while it is driven: ArrayBuffers are kept');
  for (const name of ['capture', 'encoder', 'storage'] as const) notes.fact(name, String(support[name]));
  const kept = { chromium: ['av1', 'h264', 'vp9'], firefox: [], webkitgtk: [] }[engine.name];
  expect(support.received.toSorted()).toEqual(kept);
  notes.fact('codecs', support.codecs.join(', '));
  const { progress, movie } = await finish(engine);
  // At another size the level may differ.
  const profile = (codec = '') => codec.slice(0, codec.startsWith('avc1') ? -2 : 7);
  expect(profile(progress.codec)).toBe(profile(support.codec));
  expect(movie.stream['codec_name']).toBe('h264');
  const stored = { Blob: 'blobs', ArrayBuffer: 'buffers' }[await storageKind(engine)];
  expect(stored).toBe(support.storage);
  expect(tracks, 'transferred to the worker').toEqual([
    { processor: 'ReadableStream', video: 'MessagePort', tap: 'MessagePort', 'worker-processor': 'MediaStreamTrack' }[
      support.capture!
    ],
  ]);
});
