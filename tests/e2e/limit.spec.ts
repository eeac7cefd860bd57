import type { Recorder } from '../../js/index.js';
import { expect, openLab, test } from './support/fixtures.js';
import { readMovie } from './support/movie.js';
import { expectPlayable, Witness } from './support/witness.js';

const movieOf = (file: string) => readMovie(Buffer.from(file, 'base64'));

declare global {
  /** The names of the events that a recorder reports from now on, except `progress`, in order. */
  var eventsOf: (recorder: Recorder) => string[];
}

test.beforeEach(async ({ page }) => {
  await openLab(page);
  await page.evaluate(() => {
    globalThis.eventsOf = (recorder) => {
      const events: string[] = [];
      for (const name of ['start', 'pause', 'resume', 'limit', 'stop', 'error']) {
        recorder.addEventListener(name, () => events.push(`${name} while ${recorder.state}`));
      }
      return events;
    };
  });
});

test('a recording ends by itself at its limit, and paused time does not count', async ({ page }) => {
  const witness = await Witness.observe(page);
  const { early, late, events, limit, ended, progress, reel, remaining } = await page.evaluate(async () => {
    const recorder = new lab.trackreel.Recorder(lab.loopback.stream, { maxLength: '3s' });
    const events = eventsOf(recorder);
    const limit = new Promise((resolve) => recorder.addEventListener('limit', ({ detail }) => resolve(detail)));
    const ended = lab.ended(recorder);
    await recorder.start();
    const remaining = [recorder.progress.remaining];
    await lab.reached(recorder, ({ duration }) => duration >= 1);
    remaining.push(recorder.progress.remaining + recorder.progress.duration);
    const early = await lab.base64(await recorder.export());
    recorder.pause();
    await lab.reached(recorder, ({ drops }) => drops.paused >= 30);
    recorder.resume();
    const reason = await ended;
    await recorder.stop();
    const late = await lab.base64(await recorder.export());
    const { state } = recorder.reel!;
    return {
      early,
      late,
      events,
      limit: await limit,
      ended: reason,
      progress: recorder.progress,
      reel: state,
      remaining,
    };
  });
  expect(events).toEqual([
    'start while recording',
    'pause while paused',
    'resume while recording',
    'limit while stopping',
    'stop while inactive',
  ]);
  expect(ended).toEqual(['limit']);
  expect(limit).toMatchObject({ width: 640, height: 360 });
  expect(remaining[0]).toBe(3);
  expect(remaining[1]).toBeCloseTo(3, 6);
  expect(reel).toBe('complete');
  const [before, movie] = await Promise.all([movieOf(early), movieOf(late)]);
  expectPlayable(movie);
  await witness.expectFaithful(movie, progress);
  expect(movie.counters.slice(0, before.counters.length)).toEqual(before.counters);
  expect(movie.counters.length).toBe(progress.frames);
  for (const length of [Number(movie.stream.duration), movie.mediabunny.duration, progress.duration]) {
    expect(length).toBeGreaterThan(2.8);
    expect(length).toBeLessThanOrEqual(3);
  }
});

test('what is asked at the end is answered, and the recorder can start again', async ({ page }) => {
  const { frames, stops, counts, ids, state } = await page.evaluate(async () => {
    const recorder = new lab.trackreel.Recorder(lab.loopback.stream, { maxLength: 1 });
    const asked: Promise<[Blob, void]>[] = [];
    recorder.addEventListener('limit', () => asked.push(Promise.all([recorder.export(), recorder.stop()])));
    const counts: number[] = [];
    const ids: string[] = [];
    for (let i = 0; i < 2; i++) {
      const ended = lab.ended(recorder);
      await recorder.start();
      ids.push(recorder.reel!.id);
      await ended;
      counts.push(recorder.progress.frames);
    }
    const answers = await Promise.all(asked);
    const frames = await Promise.all(answers.map(([blob]) => lab.base64(blob)));
    return { frames, stops: answers.length, counts, ids, state: recorder.state };
  });
  const movies = await Promise.all(frames.map(movieOf));
  expect(movies.map(({ counters }) => counters.length)).toEqual(counts);
  expect(stops).toBe(2);
  expect(new Set(ids).size).toBe(2);
  expect(state).toBe('inactive');
});

// A static page sends no frame, and its recording never reached the limit.
test('a source that stopped painting comes to the limit, and a paused recording of it does not', async ({ page }) => {
  const { events, frames, file, paused } = await page.evaluate(async () => {
    const canvas = document.createElement('canvas');
    const context = canvas.getContext('2d')!;
    const stream = canvas.captureStream(0);
    const [track] = stream.getVideoTracks() as CanvasCaptureMediaStreamTrack[];
    const recorder = new lab.trackreel.Recorder(stream, { maxLength: '2s' });
    const other = new lab.trackreel.Recorder(stream, { maxLength: '2s' });
    const [events, ended] = [eventsOf(recorder), lab.ended(recorder)];
    other.addEventListener('progress', () => other.pause());
    await Promise.all([recorder.start(), other.start()]);
    context.fillRect(0, 0, 50, 50);
    track!.requestFrame();
    await ended;
    const file = await lab.base64(await recorder.export());
    const paused = [other.state, other.progress.received];
    await other.stop();
    return { events, frames: recorder.progress.frames, file, paused };
  });
  expect(events).toEqual(['start while recording', 'limit while stopping', 'stop while inactive']);
  expect(frames).toBe(1);
  expect((await movieOf(file)).times).toEqual([0]);
  expect(paused).toEqual(['paused', 1]);
});

test('a limit shorter than a frame holds one frame', async ({ page }) => {
  const { frames, time, file } = await page.evaluate(async () => {
    const recorder = new lab.trackreel.Recorder(lab.loopback.stream, { maxLength: '1ms' });
    const ended = lab.ended(recorder);
    await recorder.start();
    await ended;
    const { frames, duration: time } = recorder.progress;
    return { frames, time, file: await lab.base64(await recorder.export()) };
  });
  expect({ frames, time }).toEqual({ frames: 1, time: 0.001 });
  const movie = await movieOf(file);
  expect(movie.times).toEqual([0]);
  expect(Number(movie.stream.duration)).toBe(0.001);
});

test('the page shows what is left until the limit, and that it was reached', async ({ page }) => {
  await page.goto('/?width=640&height=360&maxLength=4s');
  await page.getByRole('button', { name: 'Record', exact: true }).click();
  await expect(page.locator('#remaining')).toHaveText(/^\d seconds? left$/);
  await expect(page.locator('#status')).toContainText('The recording reached its maximum length.');
  await expect(page.locator('#indicator')).toHaveText('Not recording');
  await expect(page.getByRole('button', { name: 'Export', exact: true })).toBeEnabled();
});

test('a reel that is longer than the limit of who resumes it has nothing left', async ({ page }) => {
  const ends = await page.evaluate(async () => {
    const { stream } = lab.loopback;
    const recorder = new lab.trackreel.Recorder(stream);
    await recorder.start();
    await lab.reached(recorder, ({ duration }) => duration >= 2);
    await recorder.stop();
    const { duration: time } = recorder.progress;
    const next = new lab.trackreel.Recorder(stream, { maxLength: 1 });
    const ended = lab.ended(next);
    await next.start(recorder.reel);
    const reasons = await ended;
    return { reasons, remaining: next.progress.remaining, longer: next.progress.duration - time };
  });
  expect(ends).toEqual({ reasons: ['limit'], remaining: 0, longer: 0 });
});

test('no file is larger than maxBytes, and a recording ends close to it', async ({ page }) => {
  const { size, events, progress, file } = await page.evaluate(async () => {
    const noise = lab.noise();
    const recorder = new lab.trackreel.Recorder(noise.track, { maxBytes: 4_000_000, bitrate: 8e6 });
    const events = eventsOf(recorder);
    let isOn = true;
    const ended = lab.ended(recorder).then(() => (isOn = false));
    await recorder.start();
    while (isOn) await noise.send();
    await ended;
    const movie = await recorder.export();
    return { size: movie.size, events, progress: recorder.progress, file: await lab.base64(movie) };
  });
  expect(events).toEqual(['start while recording', 'limit while stopping', 'stop while inactive']);
  expect(size).toBeLessThanOrEqual(4_000_000);
  expect(size).toBeGreaterThan(2_500_000);
  const movie = await movieOf(file);
  expectPlayable(movie);
  expect(movie.times.length).toBe(progress.frames);
});
