import type { Freeze, Progress } from '../../js/index.js';
import { expect, openLab, patchWorkers, test } from './support/fixtures.js';
import type { Movie } from './support/movie.js';
import { begin, finish } from './support/take.js';
import { droppedOf, expectPlayable, Witness, type Observation } from './support/witness.js';

// Most of these use H.264, in which a static picture changes no further after its first frame.

/** The sender's interval, in seconds. */
const INTERVAL = 1 / 30;
/** The most time from the last picture before a cut to the next, in seconds, on a busy machine as well. */
const AT_ONCE = 0.4;
/** How many repeats may be left of a freeze. They look like the end of the motion before it. */
const LEFTOVERS = 3;
/** The same of VP9 from a busy sender, which refines a coarse picture strongly at first. In `npm run corpus` the limit is 3 for all. */
const REFINED = 10;
/** How far a freeze's times may be from those of the received frames, in seconds. */
const TOLERANCE = 0.15;

/** A picture that was sent repeatedly. */
interface Stillness {
  counter: number;
  /** From its first repeat to the next picture, or the last observed one. */
  repeats: Span;
  /** The same from its first observation. */
  whole: Span;
}

/** How long something took on the track's clock, in seconds, and how long if steps back of that clock are one interval each. */
interface Span {
  least: number;
  most: number;
}

function spanOf(observations: Observation[]): Span {
  const steps = observations.slice(1).map(({ time }, i) => time - observations[i]!.time);
  const sum = (values: number[]) => values.reduce((sum, value) => sum + value, 0);
  return { least: sum(steps), most: sum(steps.map((step) => (step > 0 ? step : INTERVAL))) };
}

/** How far a time is from a span, in seconds. */
function distance(time: number, { least, most }: Span): number {
  return time < least ? time - least : Math.max(0, time - most);
}

/** The observations from a file's first picture to its last one, and the freezes among them. */
async function observedBy(
  witness: Witness,
  { counters }: Movie,
): Promise<{ observed: Observation[]; stills: Stillness[] }> {
  const all = await witness.frames();
  const order = all.map(({ counter }) => counter);
  expect(order).not.toContain(null);
  expect(counters).not.toContain(null);
  const [from, to] = [order.indexOf(counters[0]!), order.lastIndexOf(counters.at(-1)!)];
  expect(from, 'the first picture of the file was received').toBeGreaterThanOrEqual(0);
  expect(to, 'the last picture of the file was received').toBeGreaterThanOrEqual(from);
  const observed = all.slice(from, to + 1);
  const stills: Stillness[] = [];
  for (const counter of new Set(observed.map(({ counter }) => counter!))) {
    const [first, last] = [order.indexOf(counter), order.lastIndexOf(counter)];
    if (first === last) continue;
    const span = (start: number) => spanOf(all.slice(start, last + 2));
    stills.push({ counter, repeats: span(first + 1), whole: span(first) });
  }
  return { observed, stills };
}

const distinct = (counters: (number | null)[]) => counters.filter((counter, i) => counter !== counters[i - 1]);

/**
 * Every received picture is in the file, in order, and once. Of one that was sent repeatedly, at most `most` repeats may be
 * left.
 */
function expectPictures({ counters }: Movie, observed: Observation[], stills: Stillness[], most = LEFTOVERS): void {
  expect(distinct(counters), 'every picture, in order').toEqual(distinct(observed.map(({ counter }) => counter)));
  const times = (counter: number) => counters.filter((other) => other === counter).length;
  const leftovers = stills.map(({ counter }) => times(counter) - 1);
  const kept = leftovers.reduce((sum, left) => sum + left, 0);
  expect(counters.length - kept, 'none twice').toBe(new Set(counters).size);
  test.info().annotations.push({ type: 'leftovers', description: leftovers.join(', ') });
  for (const left of leftovers) expect(left, 'repeats that are left').toBeLessThanOrEqual(most);
}

/** Every received frame is in the file, or was dropped as a repeat or in a pause. */
function expectCounts(movie: Movie, progress: Progress): void {
  expect(progress.received, 'every frame is accounted for').toBe(progress.frames + droppedOf(progress));
  const { maxFps, backpressure, encoder } = progress.drops;
  expect({ maxFps, backpressure, encoder }).toEqual({ maxFps: 0, backpressure: 0, encoder: 0 });
  expect(movie.counters.length).toBe(progress.frames);
  expect(Number(movie.stream.duration)).toBeCloseTo(progress.duration, 3);
}

/** The file shows each picture for as long as the receiver did, without the cuts. */
function expectTimes({ counters, times, stream }: Movie, observed: Observation[], stills: Stillness[]): void {
  // The longest that each picture was shown for at a time.
  const shown = new Map<number, number>();
  for (const [i, { counter, time }] of observed.slice(0, -1).entries()) {
    shown.set(counter!, Math.max(shown.get(counter!) ?? 0, observed[i + 1]!.time - time));
  }
  for (const [i, counter] of counters.entries()) {
    if (i === 0) continue;
    const step = times[i]! - times[i - 1]!;
    const sent = shown.get(counters[i - 1]!)!;
    expect(step, `from ${counters[i - 1]} to ${counter}`).toBeLessThan(Math.max(3 * INTERVAL, sent + 2 * INTERVAL));
  }
  const left = counters.length - new Set(counters).size;
  const still = stills.reduce((sum, { repeats }) => sum + repeats.least, 0) - left * INTERVAL;
  const { least, most } = spanOf(observed);
  const length = { least: least - still, most: most - still };
  expect(Math.abs(distance(Number(stream.duration), length)), 'the length without the freezes').toBeLessThan(0.3);
}

/** Each freeze was reported twice: when it was found, and when it was over. */
function expectEvents(freezes: Freeze[], { counters, times }: Movie, stills: Stillness[]): void {
  expect(freezes.map(({ ended }) => ended)).toEqual(stills.flatMap(() => [false, true]));
  for (const [i, { counter, repeats }] of stills.entries()) {
    const [found, over] = freezes.slice(2 * i, 2 * i + 2);
    const [first, last] = [counters.indexOf(counter), counters.lastIndexOf(counter)];
    expect(over!.begin).toBe(found!.begin);
    const left = times[last]! - times[first]!;
    const errors = [found!.begin - (times[last]! + INTERVAL), distance(over!.duration + left, repeats)];
    const description = errors.map((error) => `${Math.round(error * 1000)} ms`).join(', ');
    test.info().annotations.push({ type: 'errors of begin and length', description });
    for (const error of errors) expect(Math.abs(error), description).toBeLessThan(TOLERANCE);
    expect(found!.duration, 'what it lasted until it was found').toBeGreaterThan(0.9);
    expect(found!.duration).toBeLessThanOrEqual(over!.duration);
  }
}

/** Tests of decisions before the encoder: one encoder is enough. */
const BEFORE = '@before-encoders';

for (const codec of ['VP8', 'VP9', 'H264', 'AV1']) {
  // An hour of a lecture was two hours of a file: the sender had been paused, and had repeated one picture.
  const tag = codec === 'H264' ? [] : [BEFORE];
  test(`a freeze of what is received over ${codec} is cut out, and nothing else`, { tag }, async ({ page }) => {
    await openLab(page, `codec=${codec}`);
    const witness = await Witness.observe(page);
    await begin(page);
    const frozen = await page.evaluate(async () => {
      await take.recordFor(1.5);
      await take.freeze();
      await take.dropped('freeze', 30);
      lab.loopback.resumeSender();
      await take.recordFor(1.5);
      return take.recorder.progress.frozen;
    });
    const { movie, progress, freezes } = await finish(page);
    expectPlayable(movie);
    const { observed, stills } = await observedBy(witness, movie);
    expect(stills.length, 'freezes that were received').toBe(1);
    expectPictures(movie, observed, stills, codec === 'VP9' ? REFINED : LEFTOVERS);
    expectCounts(movie, progress);
    expect(progress.drops.freeze, 'no other frame was dropped').toBe(observed.length - movie.counters.length);
    expectTimes(movie, observed, stills);
    expectEvents(freezes, movie, stills);
    expect(frozen).toBe(false);
  });
}

test('two freezes are cut out, and what is exported during one is whole and stays', async ({ page }) => {
  await openLab(page, 'codec=H264');
  const witness = await Witness.observe(page);
  await begin(page);
  await page.evaluate(async () => {
    for (const seconds of [1.5, 1]) {
      await take.recordFor(seconds);
      await take.freeze();
      await take.export();
      await take.dropped('freeze', 20);
      await take.export();
      await take.thaw();
    }
    await take.recordFor(1);
  });
  const { movies, movie, progress, freezes } = await finish(page);
  for (const earlier of movies) {
    expectPlayable(earlier);
    expect(movie.counters.slice(0, earlier.counters.length)).toEqual(earlier.counters);
    expect(movie.times.slice(0, earlier.times.length)).toEqual(earlier.times);
  }
  const { observed, stills } = await observedBy(witness, movie);
  expect(stills.length).toBe(2);
  expectPictures(movie, observed, stills);
  expectCounts(movie, progress);
  expectTimes(movie, observed, stills);
  expectEvents(freezes, movie, stills);
  for (const [i, earlier] of movies.slice(0, -1).entries()) {
    expect(earlier.counters.at(-1), 'all up to the freeze').toBe(stills[Math.floor(i / 2)]!.counter);
  }
});

test(
  'a sender that is frozen from the start leaves one picture, and what follows',
  { tag: BEFORE },
  async ({ page }) => {
    await openLab(page, 'codec=H264');
    const witness = await Witness.observe(page);
    await page.evaluate(() => lab.loopback.pauseSender());
    // Then it repeats.
    await expect.poll(async () => distinct((await witness.counters()).slice(-5)).length).toBe(1);
    await begin(page);
    await page.evaluate(async () => {
      await take.dropped('freeze', 30);
      await take.thaw();
      await take.recordFor(1);
    });
    const { movie, progress, freezes } = await finish(page);
    expectPlayable(movie);
    const { observed, stills } = await observedBy(witness, movie);
    expectPictures(movie, observed, stills);
    expectCounts(movie, progress);
    expect(movie.times[movie.counters.lastIndexOf(stills[0]!.counter) + 1]).toBeLessThan(AT_ONCE);
    expect(freezes.map(({ ended }) => ended)).toEqual([false, true]);
    expect(freezes[0]!.begin).toBeLessThan(TOLERANCE);
  },
);

test('a sender that is frozen at the end leaves no more than the motion before it', async ({ page }) => {
  await openLab(page, 'codec=H264');
  const witness = await Witness.observe(page);
  await begin(page);
  await page.evaluate(async () => {
    await take.recordFor(1.5);
    await take.freeze();
    await take.dropped('freeze', 20);
  });
  const { movie, progress, freezes } = await finish(page);
  expectPlayable(movie);
  const { observed, stills } = await observedBy(witness, movie);
  expect(movie.counters.at(-1)).toBe(stills[0]!.counter);
  expectPictures(movie, observed, stills);
  expectCounts(movie, progress);
  expect(freezes.map(({ ended }) => ended)).toEqual([false]);
  expect(Math.abs(freezes[0]!.begin - progress.duration), 'it begins where the file ends').toBeLessThan(TOLERANCE);
});

for (const [title, options] of [
  ['a sender that is static for less than freezeAfter loses no frame', { freezeAfter: '5s' }],
  ['with freeze: keep, every frame that was received is in the file', { freeze: 'keep' }],
] as const) {
  test(title, { tag: BEFORE }, async ({ page }) => {
    await openLab(page, 'codec=H264');
    const witness = await Witness.observe(page);
    await begin(page, options);
    await page.evaluate(async () => {
      await take.recordFor(1);
      lab.loopback.pauseSender();
      await take.recordFor(1.5);
      lab.loopback.resumeSender();
      await take.recordFor(1);
    });
    const { movie, progress, freezes } = await finish(page);
    expectPlayable(movie);
    const { observed, stills } = await observedBy(witness, movie);
    expect(stills.length).toBe(1);
    expect(movie.counters).toEqual(observed.map(({ counter }) => counter));
    expectCounts(movie, progress);
    expect(progress.drops.freeze).toBe(0);
    expect(freezes).toEqual([]);
  });
}

test('with freeze: hold, a still picture is one long sample, and its time is kept', async ({ page }) => {
  await openLab(page, 'codec=H264');
  const witness = await Witness.observe(page);
  await begin(page, { freeze: 'hold' });
  await page.evaluate(async () => {
    await take.recordFor(1);
    await take.freeze();
    await take.dropped('freeze', 30);
    await take.export();
    await take.dropped('freeze', 30);
    await take.thaw();
    await take.recordFor(1);
    // And one that lasts to the end.
    await take.freeze();
    await take.dropped('freeze', 30);
  });
  const { movies, times, movie, progress, freezes } = await finish(page);
  const [early] = movies as [Movie, Movie];
  expectPlayable(early);
  expectPlayable(movie);
  const { observed, stills } = await observedBy(witness, movie);
  expect(stills.length).toBe(2);
  const [first, last] = stills as [Stillness, Stillness];
  expectPictures(movie, observed, stills);
  expectCounts(movie, progress);
  expectEvents(freezes.slice(0, 2), movie, [first]);
  expect(freezes.slice(2).map(({ ended }) => ended)).toEqual([false]);

  const at = movie.counters.lastIndexOf(first.counter);
  const held = movie.times[at + 1]! - movie.times[at]!;
  expect(Math.abs(distance(held, first.whole)), 'one long sample').toBeLessThan(TOLERANCE);
  expect(movie.counters.slice(0, early.counters.length)).toEqual(early.counters);
  expect(early.counters.at(-1)).toBe(first.counter);
  expect(Number(early.stream.duration), 'an export ends with the held picture').toBeGreaterThan(times[0]! - 0.001);
  expect(times[0]! - early.times.at(-1)!).toBeGreaterThan(0.9);
  const end = Number(movie.stream.duration);
  expect(end - movie.times.at(-1)!, 'and so does the end').toBeGreaterThan(0.9);
  const before = spanOf(observed.slice(0, observed.findIndex(({ counter }) => counter === last.counter) + 1));
  expect(Math.abs(distance(movie.times.at(-1)!, before)), 'all times are as they were received').toBeLessThan(
    TOLERANCE,
  );
});

test('with freeze: hold, a pause during a freeze ends what is held', async ({ page }) => {
  await openLab(page, 'codec=H264');
  const witness = await Witness.observe(page);
  await begin(page, { freeze: 'hold' });
  await page.evaluate(async () => {
    await take.recordFor(1);
    await take.freeze();
    await take.dropped('freeze', 30);
    take.recorder.pause();
    await take.dropped('paused', 15);
    await take.export();
    lab.loopback.resumeSender();
    await take.dropped('paused', 15);
    take.recorder.resume();
    await take.recordFor(1);
  });
  const { movies, movie, progress, freezes } = await finish(page);
  const [early] = movies as [Movie, Movie];
  expectPlayable(early);
  expectPlayable(movie);
  const { observed, stills } = await observedBy(witness, movie);
  const kept = new Set(movie.counters);
  expectPictures(
    movie,
    observed.filter(({ counter }) => kept.has(counter)),
    stills,
  );
  expectCounts(movie, progress);
  expect(progress.drops.paused + progress.drops.freeze).toBe(observed.length - movie.counters.length);
  expect(freezes.map(({ ended }) => ended)).toEqual([false, true]);
  const { begin: from, duration: length } = freezes[1]!;
  expect(Math.abs(Number(early.stream.duration) - (from + length))).toBeLessThan(TOLERANCE);
  const next = movie.times[movie.counters.lastIndexOf(stills[0]!.counter) + 1]!;
  expect(Math.abs(next - Number(early.stream.duration)), 'it continues where it was paused').toBeLessThan(AT_ONCE);
});

test('a pause during a freeze cuts once, whichever ends first', async ({ page }) => {
  await openLab(page, 'codec=H264');
  const witness = await Witness.observe(page);
  await begin(page);
  const counts = await page.evaluate(async () => {
    const counts: number[] = [];
    await take.recordFor(1);
    await take.freeze();
    take.recorder.pause();
    await take.dropped('paused', 15);
    counts.push(take.freezes.length);
    lab.loopback.resumeSender();
    await take.dropped('paused', 30);
    take.recorder.resume();
    await take.recordFor(1);
    // And once more, with the recorder first.
    await take.freeze();
    take.recorder.pause();
    await take.dropped('paused', 15);
    take.recorder.resume();
    await take.dropped('freeze', 30);
    await take.thaw();
    await take.recordFor(1);
    return counts;
  });
  const { movie, progress, freezes } = await finish(page);
  expectPlayable(movie);
  const { observed, stills } = await observedBy(witness, movie);
  expect(stills.length).toBe(2);
  const kept = new Set(movie.counters);
  expectPictures(
    movie,
    observed.filter(({ counter }) => kept.has(counter)),
    stills,
  );
  expectCounts(movie, progress);
  expect(progress.drops.paused + progress.drops.freeze).toBe(observed.length - movie.counters.length);
  expect(counts).toEqual([2]);
  expect(freezes.map(({ ended }) => ended)).toEqual([false, true, false, true, false, true]);
  for (const { counter } of stills) {
    const at = movie.counters.lastIndexOf(counter);
    expect(movie.times[at + 1]! - movie.times[at]!).toBeLessThan(AT_ONCE);
  }
});

// Repeats that were still in the encoder when the freeze was found were written into the file.
test('repeats that a busy encoder still holds are not in the file', async ({ page }) => {
  await openLab(page, 'codec=H264');
  const witness = await Witness.observe(page);
  await patchWorkers(page, () => {
    const Native = VideoEncoder;
    let release = () => {};
    let held = Promise.resolve();
    new BroadcastChannel('hold').onmessage = ({ data }) => {
      if (data) held = new Promise((resolve) => (release = resolve));
      else release();
    };
    globalThis.VideoEncoder = class extends Native {
      constructor({ output, error }: VideoEncoderInit) {
        super({ error, output: (chunk, metadata) => void held.then(() => output(chunk, metadata)) });
      }
      override async flush() {
        await super.flush();
        await held;
      }
    };
  });
  await begin(page, { freezeAfter: 0.5 });
  const encoded = await page.evaluate(async () => {
    const hold = new BroadcastChannel('hold');
    await take.recordFor(1);
    const before = take.recorder.progress.frames;
    hold.postMessage(true);
    await take.freeze();
    await take.dropped('freeze', 5);
    const encoded = take.recorder.progress.frames - before;
    hold.postMessage(false);
    await take.dropped('freeze', 30);
    await take.thaw();
    await take.recordFor(1);
    return encoded;
  });
  expect(encoded, 'the encoder had no output meanwhile').toBeLessThan(10);
  const { movie, progress, freezes } = await finish(page);
  expectPlayable(movie);
  const { observed, stills } = await observedBy(witness, movie);
  expectPictures(movie, observed, stills);
  expectCounts(movie, progress);
  expectTimes(movie, observed, stills);
  expect(freezes.map(({ ended }) => ended)).toEqual([false, true]);
});
