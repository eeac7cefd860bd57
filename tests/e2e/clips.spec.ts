import { writeFileSync } from 'node:fs';
import { tracksOf } from './support/beeps.js';
import { makeCall } from './support/call.js';
import { expect, openLab, test } from './support/fixtures.js';
import { packetsOf, readMovie } from './support/movie.js';
import { expectPlayable, Witness } from './support/witness.js';

const movieOf = (file: string) => readMovie(Buffer.from(file, 'base64'));

for (const [way, address, options] of [
  ['encoded', '', {}],
  ['as received', 'codec=H264&tap=on', { keyFrameInterval: '1s' }],
] as const) {
  // A page that uploaded a clip now and then uploaded seconds twice.
  test(`clips that follow one another have every frame once: ${way}`, async ({ page }) => {
    await openLab(page, address);
    const witness = await Witness.observe(page);
    const { files, bounds, whole, early, late, numbered, progress } = await page.evaluate(async (options) => {
      const recorder = new lab.trackreel.Recorder(lab.loopback.stream, options);
      const failure = (call: Promise<unknown>) =>
        call.then(
          () => 'resolved',
          (error) => error.code,
        );
      await recorder.start();
      await lab.reached(recorder, ({ duration }) => duration > 0.5);
      const early = await failure(recorder.export({ since: 0 }));
      const files: string[] = [];
      const bounds: [number, number][] = [];
      let previous: Awaited<ReturnType<typeof recorder.export>> | undefined;
      const next = async () => {
        previous = await recorder.export({ since: previous ?? 0 });
        files.push(await lab.base64(previous));
        bounds.push([previous.start, previous.end]);
      };
      for (const time of [5.5, 8.5]) {
        await lab.reached(recorder, (progress) => progress.duration >= time);
        await next();
      }
      // The same by its number.
      const numbered = (await recorder.reel!.export({ since: bounds[0]![1] })).start;
      await recorder.stop();
      await next();
      const late = await failure(recorder.reel!.export({ since: previous! }));
      const whole = await lab.base64(await recorder.export());
      return { files, bounds, whole, early, late, numbered, progress: recorder.progress };
    }, options);
    expect(progress.source).toBe(way === 'encoded' ? 'frames' : 'received');
    expect([early, late]).toEqual(['nothing-recorded', 'nothing-recorded']);
    const [movies, all] = [await Promise.all(files.map(movieOf)), await movieOf(whole)];
    for (const movie of movies) expectPlayable(movie);
    expect(movies.flatMap(({ counters }) => counters)).toEqual(all.counters);
    await witness.expectFaithful(all, progress);
    expect(bounds[0]![0]).toBe(0);
    expect(bounds[1]![0]).toBe(bounds[0]![1]);
    expect(bounds[2]![0]).toBe(bounds[1]![1]);
    expect(bounds[2]![1]).toBeCloseTo(progress.duration, 3);
    expect(numbered).toBe(bounds[0]![1]);
  });
}

// A clip of another tab's recording lacked the last two segments, though nothing could change the first of them.
test('a clip of another tab has all that its fragments have', async ({ page, context }) => {
  await openLab(page);
  const other = await context.newPage();
  await openLab(other);
  const id = await page.evaluate(async () => {
    const recorder = new lab.trackreel.Recorder(lab.loopback.stream);
    await recorder.start();
    await lab.reached(recorder, ({ bytes }) => bytes > 0);
    return recorder.reel!.id;
  });
  const [fragments, clip] = await other.evaluate(async (id) => {
    const find = async () => (await lab.trackreel.reels.list()).find((reel) => reel.id === id);
    while (!(await find())) await new Promise(requestAnimationFrame);
    const reel = (await find())!;
    for await (const { to } of reel.fragments()) {
      // Those that are there at once do not show it: wait for one that has just been settled.
      if (to > 12) return [to, (await reel.export({ since: 0 })).end];
    }
    throw new Error('it has ended');
  }, id);
  expect(clip).toBeGreaterThanOrEqual(fragments - 0.000_001);
  await page.evaluate(() => lab.loopback.stream.getTracks().forEach((track) => track.stop()));
});

test('clips that follow one another have every packet of sound once', async ({ page }) => {
  await openLab(page);
  await makeCall(page, { pitches: [440] });
  const { files, whole } = await page.evaluate(async () => {
    document.querySelector('video')!.srcObject = call.stream;
    const recorder = new lab.trackreel.Recorder(call.stream, { freeze: 'keep' });
    await recorder.start();
    const files: string[] = [];
    let previous: Awaited<ReturnType<typeof recorder.export>> | undefined;
    const next = async () => files.push(await lab.base64((previous = await recorder.export({ since: previous ?? 0 }))));
    for (const time of [5, 7, 9]) {
      await lab.reached(recorder, (progress) => progress.duration >= time);
      await next();
    }
    await recorder.stop();
    await next();
    return { files, whole: await lab.base64(await recorder.export()) };
  });
  const [clips, all] = [
    (await Promise.all(files.map((file) => packetsOf(Buffer.from(file, 'base64'))))).flat(),
    await packetsOf(Buffer.from(whole, 'base64')),
  ];
  expect(clips.length).toBeGreaterThan(375);
  // An export of all begins with the packet during which its first picture is shown.
  expect(clips).toEqual(all.slice(all.length - clips.length));
  expect(all.length - clips.length).toBeLessThanOrEqual(1);
});

for (const container of ['mp4', 'webm'] as const) {
  test(`a file is faster or slower by its index: ${container}`, async ({ page }, info) => {
    await openLab(page);
    await makeCall(page, { pitches: [440] });
    const { files, length, refused } = await page.evaluate(async (container) => {
      const failure = (call: Promise<unknown>) =>
        call.then(
          () => 'resolved',
          (error) => error.message,
        );
      const recorder = new lab.trackreel.Recorder(call.stream, { container, freeze: 'keep' });
      document.querySelector('video')!.srcObject = call.stream;
      await recorder.start();
      await lab.reached(recorder, ({ duration }) => duration >= 5);
      await recorder.stop();
      const exports = [{}, { speed: 4 }, { speed: 0.5, from: 0, to: 2 }, { speed: 200 }];
      const files: string[] = [];
      for (const options of exports) files.push(await lab.base64(await recorder.export(options)));
      const refused = [
        await failure(recorder.export({ speed: 0 })),
        await failure(recorder.export({ speed: 10, fps: 24 })),
      ];
      return { files, length: recorder.progress.duration, refused };
    }, container);
    const [usual, fast, slow, lapse] = await Promise.all(files.map(movieOf));
    const kinds = files.map((file, i) => {
      const path = info.outputPath(`${i}.${container}`);
      writeFileSync(path, Buffer.from(file, 'base64'));
      return tracksOf(path).map(({ kind }) => kind);
    });
    expect(kinds).toEqual([['video', 'audio'], ['video'], ['video'], ['video']]);
    expect(fast!.times.length).toBe(usual!.times.length);
    expect(fast!.mediabunny.duration).toBeCloseTo(length / 4, 1);
    // A WebM does not have for how long its last picture is shown: that of the one before is taken.
    const off = Math.abs(slow!.mediabunny.duration - 4);
    expect(off).toBeLessThan(container === 'webm' ? 0.2 : 0.05);
    expect(slow!.times.length).toBe(usual!.times.filter((time) => time < 2).length);
    // All of it would be thousands of pictures a second.
    expect(lapse!.times.length).toBeLessThanOrEqual(usual!.keys.length);
    expect(lapse!.keys.length).toBe(lapse!.times.length);
    expect(lapse!.mediabunny.duration).toBeCloseTo(length / 200, 1);
    expect(refused).toEqual([
      'speed: 0 is not valid; it must be a number from 0.1 to 1000',
      'fps: 24 is not valid; it must be no less than the rate of the recorded frames',
    ]);
  });
}
