import type { JSHandle, Page } from '@playwright/test';
import { buildSync } from 'esbuild';
import { fileURLToPath } from 'node:url';
import { expect } from './fixtures.js';
import type { Movie } from './movie.js';
import type { Progress } from '../../../js/index.js';
import type { Observation } from './observation.js';

export type { Observation } from './observation.js';

/** Reads every frame that the connection delivers, independently of the package. */
export class Witness {
  readonly #worker: JSHandle<Worker>;

  private constructor(worker: JSHandle<Worker>) {
    this.#worker = worker;
  }

  /** Observes the page's connection from now on. */
  static async observe(page: Page): Promise<Witness> {
    const source = fileURLToPath(new URL('./witness.worker.ts', import.meta.url));
    const { outputFiles } = buildSync({ entryPoints: [source], bundle: true, format: 'iife', write: false });
    const worker = await page.evaluateHandle((code) => {
      const worker = new Worker(URL.createObjectURL(new Blob([code], { type: 'text/javascript' })));
      const track = lab.loopback.stream.getVideoTracks()[0] as MediaStreamVideoTrack;
      const frames = new MediaStreamTrackProcessor({ track, maxBufferSize: 300 }).readable;
      worker.postMessage({ frames }, [frames]);
      return worker;
    }, outputFiles[0]!.text);
    const witness = new Witness(worker);
    // A browser may lose frames that come while a stream is transferred to a worker.
    await expect.poll(async () => (await witness.counters()).length).toBeGreaterThan(3);
    return witness;
  }

  /** The counters of all frames so far, in the order they came. */
  async counters(): Promise<(number | null)[]> {
    return (await this.frames()).map(({ counter }) => counter);
  }

  /** All frames so far, in the order they came. */
  async frames(): Promise<Observation[]> {
    return this.#worker.evaluate(
      (worker) =>
        new Promise((resolve) => {
          worker.addEventListener('message', ({ data }) => resolve(data), { once: true });
          worker.postMessage('report');
        }),
    );
  }

  /**
   * The file has the received frames: in order, none twice, none missing but those that were counted as dropped.
   *
   * @returns the runs of frames that are missing between the first and the last in the file
   */
  async expectFaithful(movie: Movie, progress: Progress): Promise<number[][]> {
    const { counters } = movie;
    const observed = await this.counters();
    expect(counters).not.toContain(null);
    expect(observed).not.toContain(null);
    const from = observed.indexOf(counters[0]!);
    const to = observed.indexOf(counters.at(-1)!);
    const starts = `${counters.slice(0, 5)} … of the file, ${observed.slice(0, 5)} … of the received ones`;
    expect(from, `the first picture of the file was received: ${starts}`).toBeGreaterThanOrEqual(0);
    expect(to, 'the last picture of the file was received').toBeGreaterThanOrEqual(from);
    const received = observed.slice(from, to + 1) as number[];
    expect(new Set(received).size, 'the witness observed no frame twice').toBe(received.length);
    const inFile = new Set(counters);
    expect(counters, 'in order, none twice').toEqual(received.filter((counter) => inFile.has(counter)));

    const missing = received.filter((counter) => !inFile.has(counter));
    const dropped = droppedOf(progress);
    expect(progress.received, 'every frame is accounted for').toBe(progress.frames + dropped);
    expect(
      missing.length,
      `no frame is missing that was not counted in ${JSON.stringify(progress)}`,
    ).toBeLessThanOrEqual(dropped);
    const runs: number[][] = [];
    for (const [i, counter] of received.entries()) {
      if (inFile.has(counter)) continue;
      if (i > 0 && !inFile.has(received[i - 1]!)) runs.at(-1)!.push(counter);
      else runs.push([counter]);
    }
    return runs;
  }
}

/** How many frames were dropped, for any reason. */
export function droppedOf({ drops }: Progress): number {
  return Object.values(drops).reduce((sum, count) => sum + count, 0);
}

/** The file is one that plays everywhere: from 0, faststart, no edit list, times rising, and readers agree about it. */
export function expectPlayable(movie: Movie): void {
  const { stream, boxes, times, mediabunny } = movie;
  expect(boxes.top).toEqual(['ftyp', 'moov', 'mdat']);
  // A track with chapters refers to them.
  expect(boxes.track.filter((name) => name !== 'tref')).toEqual(['tkhd', 'mdia']);
  expect(Number(stream.nb_frames)).toBe(times.length);
  expect(mediabunny.duration).toBeCloseTo(Number(stream.duration), 3);
  expectWhole(movie);
}

/** The same of a WebM: its index is in front of its clusters. */
export function expectPlayableWebM(movie: Movie): void {
  // SeekHead, Info, Tracks, Cues; Cluster
  const [seekHead, info, tracks, cues, ...clusters] = movie.elements;
  expect([seekHead, info, tracks, cues]).toEqual(['114d9b74', '1549a966', '1654ae6b', '1c53bb6b']);
  expect([...new Set(clusters)]).toEqual(['1f43b675']);
  expectWhole(movie);
}

function expectWhole({ times, stream, mediabunny, counters }: Movie): void {
  expect(times[0]).toBe(0);
  expect(times.every((time, i) => i === 0 || time > times[i - 1]!)).toBe(true);
  expect(Number(stream.start_time)).toBe(0);
  expect(counters.length, 'every sample is decoded to a picture').toBe(times.length);
  expect(mediabunny.start).toBe(0);
  expect(mediabunny.frames).toBe(times.length);
}
