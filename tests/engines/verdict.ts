import { readMovie, type Movie } from '../e2e/support/movie.js';
import { droppedOf } from '../e2e/support/witness.js';
import type { Progress } from '../../js/index.js';
import type { Engine } from './engine.js';
import { expect } from './fixtures.js';
import type { Sender } from './sender.js';

/** The result of a recording. */
export interface Outcome {
  movie: Movie;
  progress: Progress;
}

/** Ends the recording that was begun, and reads its file. */
export async function finish(engine: Engine): Promise<Outcome> {
  const { file, progress } = await engine.evaluate(async () => {
    const { recorder } = stage.take!;
    await recorder.stop();
    return { file: await stage.base64(await recorder.export()), progress: recorder.progress };
  });
  return { movie: await movieOf(file), progress };
}

/** Reads a file that a page returned. */
export function movieOf(base64: string): Promise<Movie> {
  return readMovie(Buffer.from(base64, 'base64'));
}

/** The file is one that plays everywhere: from 0, index in front, no edit list, each picture at another time, and readers agree. */
export function expectPlayable({ boxes, times, stream, mediabunny, counters }: Movie): void {
  expect(boxes.top).toEqual(['ftyp', 'moov', 'mdat']);
  expect(boxes.track).toEqual(['tkhd', 'mdia']);
  // Packets lie in the order they are decoded in.
  const shown = times.toSorted((one, other) => one - other);
  expect(shown[0]).toBe(0);
  expect(new Set(shown).size, 'no two pictures at one time').toBe(shown.length);
  expect(Number(stream.start_time)).toBe(0);
  expect(counters.length, 'every sample is decoded to a picture').toBe(times.length);
  expect(mediabunny).toMatchObject({ start: 0, frames: times.length });
  expect(mediabunny.duration).toBeCloseTo(Number(stream.duration), 3);
}

/** How many pictures that a page took from a `<video>` may be in a file twice. */
const SHOWN_TWICE = 2;

/**
 * Every picture was painted by the sender, in its order. Only a canvas may repeat any picture, and a `<video>` a few.
 */
export function expectInOrder({ counters }: Movie, source: Sender['kind'] | 'video' | 'hidden'): void {
  expect(counters).not.toContain(null);
  expect(counters, 'in order').toEqual((counters as number[]).toSorted((a, b) => a - b));
  const repeats = counters.length - new Set(counters).size;
  // Engines capture a canvas, and a page a hidden video, at any time.
  const most = { webrtc: 0, video: SHOWN_TWICE, canvas: counters.length / 2, hidden: counters.length / 2 }[source];
  expect(repeats, `none twice: ${counters}`).toBeLessThanOrEqual(most);
}

/** Every received frame is in the file or was counted as dropped. */
export function expectCounted({ movie, progress }: Outcome): void {
  expect(movie.counters.length).toBe(progress.frames);
  expect(progress.received, `every frame is accounted for in ${JSON.stringify(progress)}`).toBe(
    progress.frames + droppedOf(progress),
  );
  expect(Number(movie.stream.duration)).toBeCloseTo(progress.duration, 3);
}
