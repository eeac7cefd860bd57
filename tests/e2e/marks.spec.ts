import { writeFileSync } from 'node:fs';
import type { TestInfo } from '@playwright/test';
import type { Mark, Recorder } from '../../js/index.js';
import { readBeside, type Beside } from './support/chapters.js';
import { equip, expect, openLab, test } from './support/fixtures.js';
import { readMovie, type Movie } from './support/movie.js';

declare global {
  var recorder: Recorder;
}

const METADATA = {
  title: 'A walk, ünïcode',
  artist: 'Ann',
  comment: 'take 2',
  date: '2026-11-28T19:00:00.000Z',
  location: { latitude: 48.8577, longitude: 2.295, altitude: 35 },
  custom: { model: 'walker-2', seed: 7 },
};

/** An exported file as readers find it. */
async function read(info: TestInfo, name: string, file: string): Promise<Movie & Beside> {
  const bytes = Buffer.from(file, 'base64');
  const path = info.outputPath(name);
  writeFileSync(path, bytes);
  return { ...(await readMovie(bytes)), ...(await readBeside(path)) };
}

/** The chapters of a part that begins and ends at these times of the reel, in seconds. */
function chaptersOf(marks: readonly Mark[], start: number, end: number): [string, number][] {
  const inside = marks.filter(({ time }) => time >= start && time < end);
  const chapters = inside.map(({ name, time }): [string, number] => [name, time - start]);
  return chapters[0]?.[1] === 0 ? chapters : [['', 0], ...chapters];
}

function expectChapters(found: Beside, expected: [string, number][], length: number): void {
  expect(found.chapters.map(({ title }) => title)).toEqual(expected.map(([title]) => title));
  for (const [n, { start, end }] of found.chapters.entries()) {
    const time = expected[n]![1];
    // A chapter begins no earlier than its frame, and within the millisecond behind it.
    expect(start - time).toBeGreaterThan(-1e-5);
    expect(start - time).toBeLessThan(0.0011);
    expect(end).toBeCloseTo(expected[n + 1]?.[1] ?? length, 2);
  }
}

// A user who looked for "the second with the blue coat" had to replay the hour.
test('marks of a recording that a reload cuts short are chapters of its file, and of a part', async ({
  page,
}, info) => {
  await openLab(page);
  const live = await page.evaluate(async () => {
    const recorder = new lab.trackreel.Recorder(lab.loopback.stream, { maxFps: Infinity });
    globalThis.recorder = recorder;
    await recorder.start();
    const first = await recorder.mark('a street', { prompt: 'a street in the rain', seed: 7, tags: ['wet', null] });
    await lab.reached(recorder, ({ duration }) => duration >= 2.5);
    const second = await recorder.mark('a blue coat');
    recorder.pause();
    const paused = await recorder.mark('paused', 'in a pause');
    recorder.resume();
    await lab.reached(recorder, ({ duration }) => duration >= 5);
    const third = await recorder.mark('a bridge', [1, 2, 3]);
    const listed = recorder.marks;
    const file = await lab.base64(await recorder.export());
    const stored = async () => (await lab.trackreel.reels.list())[0]?.marks.length === 4;
    while (!(await stored())) await new Promise((on) => recorder.addEventListener('progress', on, { once: true }));
    return { created: [first, second, paused, third], listed, file };
  });
  expect(live.listed).toEqual(live.created);
  expect(live.created.map(({ name, data }) => [name, data])).toEqual([
    ['a street', { prompt: 'a street in the rain', seed: 7, tags: ['wet', null] }],
    ['a blue coat', undefined],
    ['paused', 'in a pause'],
    ['a bridge', [1, 2, 3]],
  ]);
  const times = live.created.map(({ time }) => time);
  expect(times).toEqual(times.toSorted((a, b) => a - b));
  const before = await read(info, 'live.mp4', live.file);
  // A mark is where a frame is: the first is at 0 where none had come.
  const isFrame = (time: number) => before.times.some((frame) => Math.abs(frame - time) < 1e-4);
  for (const n of [0, 1, 3]) expect(isFrame(times[n]!), `${times[n]} of ${live.created[n]!.name}`).toBe(true);

  await page.reload();
  await equip(page);
  const { marks, duration, state, whole, part } = await page.evaluate(async (metadata) => {
    const [reel] = await lab.trackreel.reels.list();
    const [, coat, , bridge] = reel!.marks;
    const date = new Date(metadata.date);
    const bytes = async (movie: Blob & { start: number; end: number }) => ({
      start: movie.start,
      end: movie.end,
      file: await lab.base64(movie),
    });
    const whole = await bytes(await reel!.export({ metadata: { ...metadata, date } }));
    const part = await bytes(await reel!.export({ from: coat!, to: bridge! }));
    const { marks, duration, state } = reel!;
    return { marks, duration, state, whole, part };
  }, METADATA);
  expect(state).toBe('interrupted');
  expect(marks).toEqual(live.created);

  const movie = await read(info, 'whole.mp4', whole.file);
  expect(movie.boxes).toEqual({ top: ['ftyp', 'moov', 'mdat'], track: ['tkhd', 'tref', 'mdia'] });
  expect(movie.counters).not.toContain(null);
  expect(movie.counters.length).toBe(Number(movie.stream['nb_frames']));
  expect(movie.facts.title).toBe(METADATA.title);
  expectChapters(movie, chaptersOf(marks, 0, duration), duration);
  expect(movie.tags).toMatchObject({
    title: METADATA.title,
    artist: 'Ann',
    comment: 'take 2',
    date: METADATA.date,
    location: '+48.85770+002.29500+035.000/',
  });
  expect(JSON.parse(movie.tags['custom']!)).toEqual(METADATA.custom);
  expect(movie.facts).toMatchObject({ artist: 'Ann', comment: 'take 2', date: new Date(METADATA.date) });

  const between = await read(info, 'part.mp4', part.file);
  expect(part.end).toBe(times[3]);
  expect(part.start).toBeLessThanOrEqual(times[1]!);
  expectChapters(between, chaptersOf(marks, part.start, part.end), part.end - part.start);
  expect(between.chapters.map(({ title }) => title)).not.toContain('a bridge');
  // It ends with the frame before the mark, and its chapter begins with the frame that was marked.
  const counterAt = (time: number) => before.counters[before.times.findIndex((frame) => Math.abs(frame - time) < 1e-4)];
  expect(between.counters).not.toContain(counterAt(times[3]!));
  const coat = between.chapters.find(({ title }) => title.startsWith('a blue coat'))!;
  const shown = between.times.findLastIndex((time) => time <= coat.start);
  expect(between.counters[shown]).toBe(counterAt(times[1]!));
});

test('a WebM has marks as chapters, and facts as tags, and plays', async ({ page }, info) => {
  await openLab(page);
  const { marks, file, duration, played } = await page.evaluate(async (metadata) => {
    const recorder = new lab.trackreel.Recorder(lab.loopback.stream, { container: 'webm' });
    await recorder.start();
    await lab.reached(recorder, ({ duration }) => duration >= 2);
    await recorder.mark('later');
    await lab.reached(recorder, ({ duration }) => duration >= 3);
    await recorder.stop();
    const blob = await recorder.export({ metadata });
    const video = document.createElement('video');
    video.src = URL.createObjectURL(blob);
    await new Promise((resolve) => (video.onloadedmetadata = resolve));
    const { marks, duration } = recorder.reel!;
    return { marks, file: await lab.base64(blob), duration, played: video.duration };
  }, METADATA);
  const movie = await read(info, 'marked.webm', file);
  expect(movie.elements.slice(0, 6)).toEqual(['114d9b74', '1549a966', '1654ae6b', '1c53bb6b', '1043a770', '1254c367']);
  expectChapters(movie, chaptersOf(marks, 0, duration), duration);
  expect(movie.tags).toMatchObject({
    title: METADATA.title,
    artist: 'Ann',
    comment: 'take 2',
    date: METADATA.date,
    location: '+48.85770+002.29500+035.000/',
    trackreel_custom: JSON.stringify(METADATA.custom),
  });
  expect(movie.facts).toMatchObject({ title: METADATA.title, artist: 'Ann', comment: 'take 2' });
  expect(played).toBeCloseTo(duration, 2);
  expect(movie.counters.length).toBe(movie.times.length);
});

test('a mark is in the reel in which it falls, and stays with what is kept', async ({ page }) => {
  await openLab(page);
  const { reels, kept } = await page.evaluate(async () => {
    const parts = new lab.trackreel.Recorder(lab.loopback.stream, { maxLength: 2, onLimit: 'next' });
    await parts.start();
    await lab.reached(parts, ({ duration }) => duration >= 1);
    await parts.mark('first');
    const first = parts.reel!.id;
    await new Promise((resolve) => parts.addEventListener('next', resolve, { once: true }));
    await parts.mark('second');
    await lab.reached(parts, ({ duration }) => duration >= 1);
    await parts.stop();
    const listed = (await lab.trackreel.reels.list()).reverse();
    const reels = listed.map(({ id, marks }) => [id === first, marks.map(({ name }) => name)]);
    const last = new lab.trackreel.Recorder(lab.loopback.stream, { keepLast: 2 });
    await last.start();
    await lab.reached(last, ({ duration }) => duration >= 1);
    await last.mark('goes');
    // Older parts are removed in whole segments.
    let longest = 0;
    const goes = ({ duration }: { duration: number }) => duration < (longest = Math.max(longest, duration)) - 1;
    await lab.reached(last, goes);
    await last.mark('stays');
    await last.stop();
    const kept = last.marks.map(({ name, time }) => [name, time <= last.progress.duration]);
    return { reels, kept };
  });
  expect(reels).toEqual([
    [true, ['first']],
    [false, ['second']],
  ]);
  expect(kept).toEqual([['stays', true]]);
});

test('what is no mark and no fact is refused, with what is accepted', async ({ page }) => {
  await openLab(page);
  const { refused, states } = await page.evaluate(async () => {
    const recorder = new lab.trackreel.Recorder(lab.loopback.stream);
    const codeOf = (call: Promise<unknown>) =>
      call.then(
        () => 'none',
        ({ code, message }) => `${code}: ${message}`,
      );
    const states = [await codeOf(recorder.mark('early'))];
    await recorder.start();
    await lab.reached(recorder, ({ duration }) => duration >= 1);
    const circle: { self?: unknown } = {};
    circle.self = circle;
    const anything = recorder as unknown as { mark(...args: unknown[]): Promise<unknown> };
    const exported = (options: object) => codeOf(recorder.export(options));
    const refused = [
      await codeOf(anything.mark()),
      await codeOf(anything.mark('')),
      await codeOf(anything.mark(7)),
      await codeOf(anything.mark('x'.repeat(201))),
      await codeOf(anything.mark('a', circle)),
      await codeOf(anything.mark('a', 7n)),
      await codeOf(anything.mark('a', () => {})),
      await codeOf(anything.mark('a', 'x'.repeat(16_000))),
      await exported({ metadata: 'a title' }),
      await exported({ metadata: { album: 'a' } }),
      await exported({ metadata: { title: 7 } }),
      await exported({ metadata: { date: new Date(NaN) } }),
      await exported({ metadata: { location: { latitude: 91, longitude: 0 } } }),
      await exported({ metadata: { location: { latitude: 9 } } }),
      await exported({ metadata: { custom: circle } }),
      await exported({ from: { name: 'a' } }),
    ];
    await recorder.stop();
    states.push(await codeOf(recorder.mark('late')));
    return { refused, states };
  });
  expect(refused.filter((words) => !/^invalid-option: .* is not valid; it must be /.test(words))).toEqual([]);
  expect(states).toEqual([
    'invalid-state: mark() was called while inactive',
    'invalid-state: mark() was called while inactive',
  ]);
});
