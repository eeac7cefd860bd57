import assert from 'node:assert/strict';
import { test } from 'node:test';
import { exportMovie, streamMovie, type ExportOptions, type Movie } from '../../js/movie.js';
import type { Calls } from '../../js/messages.js';
import type { Port } from '../../js/port.js';

/** When the recording began. */
const BEGAN = new Date(2026, 10, 22, 14, 3, 27);

/** An export through a worker that has an answer ready; returns the calls to the worker as well. */
async function exported(options: ExportOptions) {
  const asked: unknown[] = [];
  const port = {
    call: async (...call: unknown[]) => {
      asked.push(call);
      return { blob: new Blob(['an MP4']), start: 1, end: 3, mediaEnd: 63, damaged: 0, reelBytes: 500 };
    },
  };
  const ask = (clip: Calls['export']['ask']['clip']) => ({ id: 'a', clip });
  const { movie, reelBytes } = await exportMovie(port as unknown as Port, 'export', BEGAN, options, ask);
  return { asked, movie, reelBytes };
}

test('what is exported is a file and where it is in the reel', async () => {
  const { movie, reelBytes, asked } = await exported({});
  assert.equal(await movie.text(), 'an MP4');
  assert.deepEqual([movie.start, movie.end, movie.missingSegments, reelBytes], [1, 3, 0, 500]);
  assert.equal(movie.name, 'recording-2026-11-22T14-03-27.mp4', 'when it was recorded, not exported');
  assert.deepEqual(asked, [['export', { id: 'a', clip: [] }, [], { onProgress: undefined, signal: undefined }]]);
});

test('a part is asked for as it was written, and is not all of the reel', async () => {
  const onProgress = () => {};
  const { signal } = new AbortController();
  const { asked, reelBytes } = await exported({ from: '1m', to: 90, onProgress, signal });
  const entries = [
    { name: 'from', value: '1m', shown: "'1m'" },
    { name: 'to', value: 90, shown: '90' },
  ];
  assert.deepEqual(asked, [['export', { id: 'a', clip: entries }, [], { onProgress, signal }]]);
  assert.equal(reelBytes, undefined);
});

test('all of a reel is exported whichever format its words have', async () => {
  assert.equal((await exported({ subtitles: 'wvtt' })).reelBytes, 500);
});

// A reel that only keeps its end begins later and later: seconds from its start are others for the next clip.
test('what follows a movie is asked for by its place in the recording', async () => {
  const { movie } = await exported({});
  const clipOf = async (since: unknown) => {
    const [[, { clip }]] = (await exported({ since } as ExportOptions)).asked as [[string, { clip: unknown }]];
    return clip;
  };
  assert.deepEqual(await clipOf(movie), [{ name: 'sinceMedia', value: 63, shown: '63' }]);
  assert.deepEqual(await clipOf('1m'), [{ name: 'since', value: '1m', shown: "'1m'" }]);
  assert.deepEqual(await clipOf({}), [{ name: 'since', value: undefined, shown: 'a value of type object' }]);
  assert.deepEqual(await clipOf(null), [{ name: 'since', value: undefined, shown: 'null' }]);
});

test('what is no object, callback or signal is refused, and an aborted export asks nothing', async () => {
  const wrong = (message: string) => ({ name: 'OptionError', code: 'invalid-option', message });
  for (const options of [null, 5, [], new Map()]) {
    await assert.rejects(exported(options as never), { code: 'invalid-option' });
  }
  await assert.rejects(exported({ signal: null as never }), wrong('signal must be an AbortSignal'));
  await assert.rejects(exported({ onProgress: 5 as never }), wrong('onProgress must be a function'));
  await assert.rejects(exported({ signal: {} as never }), wrong('signal must be an AbortSignal'));
  await assert.rejects(exported({ signal: AbortSignal.abort() }), { name: 'AbortError' });
});

test('a stream reports how much has gone through, and then that all has', async () => {
  const movie = new Blob([new Uint8Array(200_000)]) as Movie;
  const reported: number[] = [];
  let isDone = false;
  const onDone = async () => void (isDone = true);
  let bytes = 0;
  for await (const chunk of streamMovie(movie, { onProgress: (done) => reported.push(done) }, onDone)) {
    assert.equal(isDone, false);
    bytes += chunk.length;
  }
  assert.deepEqual([bytes, reported.at(-1), isDone], [200_000, 1, true]);
  assert.deepEqual(
    reported,
    reported.toSorted((one, other) => one - other),
  );
});

test('a stream that is aborted never reports that all has gone through', async () => {
  const movie = new Blob(Array.from({ length: 20 }, () => new Uint8Array(100_000))) as Movie;
  const controller = new AbortController();
  const onProgress = () => controller.abort(new Error('enough'));
  let isDone = false;
  const stream = streamMovie(movie, { onProgress, signal: controller.signal }, async () => void (isDone = true));
  await assert.rejects(new Response(stream).arrayBuffer(), /enough/);
  assert.equal(isDone, false);
});
