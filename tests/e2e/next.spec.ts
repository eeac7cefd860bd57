import { expect, openLab, test } from './support/fixtures.js';
import { readMovie } from './support/movie.js';
import { expectPlayable, Witness } from './support/witness.js';

const movieOf = (file: string) => readMovie(Buffer.from(file, 'base64'));

/** The counters of the frames of several files, one after another. */
async function framesOf(files: string[]): Promise<(number | null)[]> {
  const movies = await Promise.all(files.map(movieOf));
  movies.forEach(expectPlayable);
  return movies.flatMap(({ counters }) => counters);
}

/** Each of these is in it once, and in order; those that the recorder did not get are missing. */
function expectEach(counters: (number | null)[], observed: (number | null)[]): void {
  const [first, last] = [observed.indexOf(counters[0]!), observed.indexOf(counters.at(-1)!)];
  expect(counters).toEqual(observed.slice(first, last + 1));
}

for (const storage of ['disk', 'memory'] as const) {
  test(`a recording that reaches its limit is followed by the next without a lost frame: ${storage}`, async ({
    page,
  }) => {
    await openLab(page);
    const witness = await Witness.observe(page);
    const { events, files, ids, states, progress, listed, released } = await page.evaluate(async (storage) => {
      const { Recorder, reels } = lab.trackreel;
      const recorder = new Recorder(lab.loopback.stream, {
        storage,
        maxLength: 1.2,
        onLimit: 'next',
        maxFps: Infinity,
      });
      const events: string[] = [];
      const finished: (typeof recorder.reel)[] = [];
      for (const name of ['limit', 'stop', 'error'] as const) {
        recorder.addEventListener(name, () => events.push(`${name} while ${recorder.state}`));
      }
      const third = new Promise<void>((resolve) =>
        recorder.addEventListener('next', ({ detail }) => {
          events.push(`next of ${detail.reel.frames > 0 && detail.reel.frames === detail.progress.frames}`);
          if (finished.push(detail.reel) === 3) resolve();
        }),
      );
      await recorder.start();
      const first = recorder.reel!.id;
      await third;
      await lab.reached(recorder, ({ frames }) => frames > 10);
      await recorder.stop();
      finished.push(recorder.reel);
      const files: string[] = [];
      for (const reel of finished) files.push(await lab.base64(await reel!.export()));
      const listed = (await reels.list()).map(({ id }) => id).sort();
      // One in memory is released without the others.
      const asked = finished[0]!.export();
      await finished[0]!.delete();
      await asked;
      const released = [
        await finished[0]!.export().catch((error) => error.code),
        await finished[1]!.export().then(({ size }) => size > 0),
      ];
      return {
        events,
        files,
        first,
        listed,
        released,
        ids: finished.map((reel) => reel!.id),
        states: finished.map((reel) => reel!.state),
        progress: recorder.progress,
      };
    }, storage);
    expect(events.filter((name) => name.startsWith('limit'))).toEqual(Array(3).fill('limit while recording'));
    expect(events.filter((name) => name.startsWith('next'))).toEqual(Array(3).fill('next of true'));
    expect(events.at(-1)).toBe('stop while inactive');
    expect(events.some((name) => name.startsWith('error'))).toBe(false);
    expect(new Set(ids).size).toBe(4);
    expect(states).toEqual(Array(4).fill('complete'));
    expect(listed).toEqual(storage === 'disk' ? ids.toSorted() : []);
    expect(released).toEqual(['no-such-reel', true]);
    expect(progress.drops).toMatchObject({ backpressure: 0, encoder: 0 });
    expectEach(await framesOf(files), await witness.counters());
  });
}

test('files of limited size have every frame, with a pause and another track in between', async ({ page }) => {
  await openLab(page);
  const { files, sizes, sent, reported } = await page.evaluate(async () => {
    const { Recorder } = lab.trackreel;
    const [first, second] = [lab.noise(), lab.noise()];
    const options = { maxBytes: 2_000_000, bitrate: 8e6, onLimit: 'next', maxFps: Infinity } as const;
    const recorder = new Recorder(first.track, options);
    const finished: NonNullable<typeof recorder.reel>[] = [];
    recorder.addEventListener('next', ({ detail }) => void finished.push(detail.reel));
    const reported = { frames: 0, paused: 0, lost: 0 };
    const count = ({ frames, drops }: typeof recorder.progress) => {
      reported.frames += frames;
      reported.paused += drops.paused;
      reported.lost += drops.backpressure + drops.encoder + drops.freeze + drops.maxFps;
    };
    recorder.addEventListener('next', ({ detail }) => count(detail.progress));
    await recorder.start();
    let sent = 0;
    const send = (noise: typeof first) => (sent++, noise.send());
    while (finished.length < 1) await send(first);
    recorder.pause();
    for (let n = 0; n < 10; n++) await send(first);
    recorder.resume();
    await recorder.replaceTrack(second.track);
    while (finished.length < 3) await send(second);
    await recorder.stop();
    count(recorder.progress);
    const files: string[] = [];
    const sizes: number[] = [];
    for (const reel of [...finished, recorder.reel ?? []].flat()) {
      const movie = await reel.export();
      sizes.push(movie.size);
      files.push(await lab.base64(movie));
    }
    return { files, sizes, sent, reported };
  });
  expect(Math.max(...sizes)).toBeLessThanOrEqual(2_000_000);
  expect(Math.min(...sizes.slice(0, 3))).toBeGreaterThan(1_000_000);
  expect(reported).toEqual({ frames: sent - 10, paused: 10, lost: 0 });
  const movies = await Promise.all(files.map(movieOf));
  movies.forEach(expectPlayable);
  expect(movies.reduce((sum, { times }) => sum + times.length, 0)).toBe(sent - 10);
});
