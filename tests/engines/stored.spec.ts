import { readFile } from 'node:fs/promises';
import { connect, expect, test } from './fixtures.js';
import { expectPlayable, movieOf } from './verdict.js';

/** What the first version of the store held: one reel that is complete, and one whose page was killed. Neither has sound. */
const VERSION_1 = new URL('../fixtures/stores/version-1.json', import.meta.url);

interface Stored {
  version: number;
  reels: object[];
  segments: object[];
}

// An update of a page must keep the recordings of its users.
test('reads, exports and resumes reels of an earlier version', async ({ engine, engineName, notes }) => {
  const stored: Stored = JSON.parse(await readFile(VERSION_1, 'utf8'));
  await engine.evaluate(
    async ({ version, reels, segments, asBlob }) => {
      const bytesOf = (base64: string) => Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
      // `array` was a Uint8Array, `bytes` a Blob, or a buffer where the browser stores no Blobs.
      const restored = (value: unknown): unknown => {
        if (typeof value !== 'object' || !value) return value;
        if (Array.isArray(value)) return value.map(restored);
        if ('array' in value) return bytesOf(value.array as string);
        if ('bytes' in value && typeof value.bytes === 'string') {
          const bytes = bytesOf(value.bytes);
          return asBlob ? new Blob([bytes]) : bytes.buffer;
        }
        return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, restored(one)]));
      };
      const settled = <T>(request: IDBRequest<T>) =>
        new Promise<T>((resolve, reject) => {
          request.onsuccess = () => resolve(request.result);
          request.onerror = () => reject(request.error);
        });
      // The page has opened the store of this version, and nothing is in it.
      await settled(indexedDB.deleteDatabase('trackreel'));
      const opening = indexedDB.open('trackreel', version);
      opening.onupgradeneeded = () => {
        opening.result.createObjectStore('reels', { keyPath: 'id' });
        opening.result.createObjectStore('segments', { keyPath: ['reel', 'track', 'index'] });
      };
      const database = await settled(opening);
      const transaction = database.transaction(['reels', 'segments'], 'readwrite');
      for (const reel of reels) transaction.objectStore('reels').put(restored(reel));
      for (const segment of segments) transaction.objectStore('segments').put(restored(segment));
      await new Promise((resolve, reject) => {
        transaction.oncomplete = resolve;
        transaction.onerror = transaction.onabort = reject;
      });
      database.close();
      // WebKitGTK stores no Blobs while it is driven.
    },
    { ...stored, asBlob: engineName !== 'webkitgtk' },
  );

  const found = await engine.evaluate(async () => {
    const reels = await stage.trackreel.reels.list();
    return Promise.all(
      reels.map(async (reel) => {
        const { state, duration, frames, codec, audioCodec } = reel;
        return { state, duration, frames, codec, audioCodec, file: await stage.base64(await reel.export()) };
      }),
    );
  });
  const facts = found.map(({ file: _, ...facts }) => facts);
  expect(facts).toEqual([
    { state: 'interrupted', duration: 2.905872, frames: 48, codec: 'vp09.00.11.08', audioCodec: '' },
    { state: 'complete', duration: 4.031135, frames: 62, codec: 'avc1.64000d', audioCodec: '' },
  ]);
  for (const { file, frames } of found) {
    const movie = await movieOf(file);
    expectPlayable(movie);
    expect(movie.times.length).toBe(frames);
  }

  await connect(engine, notes);
  const resumed = await engine.evaluate(async () => {
    const { reels } = stage.trackreel;
    const reel = (await reels.list()).find(({ state }) => state === 'complete')!;
    await stage.resume(reel);
    await stage.take!.recordFor(1);
    await stage.take!.recorder.stop();
    const later = (await reels.list()).find(({ id }) => id === reel.id)!;
    return { state: later.state, frames: later.frames, file: await stage.base64(await later.export()) };
  });
  const movie = await movieOf(resumed.file);
  expectPlayable(movie);
  expect([resumed.state, movie.times.length]).toEqual(['complete', resumed.frames]);
  expect(resumed.frames).toBeGreaterThan(62);
});
