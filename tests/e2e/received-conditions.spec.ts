import { writeFileSync } from 'node:fs';
import { CHROMIUM } from '../../scripts/browser.mjs';
import { makeBeeper } from './support/beeper.js';
import { beepsOf } from './support/beeps.js';
import { makeCall } from './support/call.js';
import { expect, openLab, test } from './support/fixtures.js';
import { readMovie } from './support/movie.js';
import { keepConnections, keyTimesOf, playedOf, scale } from './support/received.js';
import { lengthOf, summaryOf, tonesOf, WINDOWS } from './support/tones.js';
import { expectPlayable, expectPlayableWebM, Witness } from './support/witness.js';

// Else a page may store 10 GiB, whatever its quota is.
test.use({ launchOptions: { ...CHROMIUM, args: [...CHROMIUM.args, '--disable-features=StaticStorageQuota'] } });

const bytesOf = (file: string) => Buffer.from(file, 'base64');

for (const codec of ['H264', 'VP9']) {
  test(`a page that is busy for three seconds loses nothing of what comes: ${codec}`, async ({ page }) => {
    await openLab(page, `codec=${codec}&tap=on`);
    const witness = await Witness.observe(page);
    const { file, progress, until } = await page.evaluate(async () => {
      const options = { source: 'received', keyFrameInterval: '1s' } as const;
      const recorder = new lab.trackreel.Recorder(lab.loopback.stream, options);
      await recorder.start();
      await lab.reached(recorder, ({ duration }) => duration >= 1.5);
      const { duration: time } = recorder.progress;
      for (const end = performance.now() + 3000; performance.now() < end;);
      await lab.reached(recorder, (progress) => progress.duration >= time + 5.5);
      await recorder.stop();
      return { file: await lab.base64(await recorder.export()), progress: recorder.progress, until: time + 3 };
    });
    const { network, ...others } = progress.drops;
    expect(Object.values(others), JSON.stringify(progress)).toEqual([0, 0, 0, 0, 0, 0]);
    expect(progress.received).toBe(progress.frames + network);
    const movie = await readMovie(bytesOf(file));
    expectPlayable(movie);
    expect(await witness.expectFaithful(movie, progress), 'missing between the first and the last').toEqual([]);
    // Chromium asks for a key frame on the page's thread.
    const keys = await keyTimesOf(bytesOf(file));
    expect(keys.filter((time) => time < until - 3).length, `${keys}`).toBeGreaterThan(0);
    expect(keys.filter((time) => time > until).length, `${keys}`).toBeGreaterThan(1);
  });
}

test('two tabs of a site record at the same time, and each has its own reel', async ({ page, context }) => {
  const tabs = [page, await context.newPage()];
  const witnesses: Witness[] = [];
  for (const [i, tab] of tabs.entries()) {
    await openLab(tab, `codec=${['H264', 'VP9'][i]}&tap=on`);
    witnesses.push(await Witness.observe(tab));
  }
  const begun = await Promise.all(
    tabs.map((tab) =>
      tab.evaluate(async () => {
        const recorder = new lab.trackreel.Recorder(lab.loopback.stream, { source: 'received' });
        Object.assign(globalThis, { own: recorder });
        await recorder.start();
        await lab.reached(recorder, ({ duration }) => duration >= 2);
        return recorder.reel!.id;
      }),
    ),
  );
  const listed = (tab: typeof page) =>
    tab.evaluate(async () => (await lab.trackreel.reels.list()).map(({ id, state }) => `${id} ${state}`).sort());
  for (const tab of tabs) expect(await listed(tab)).toEqual(begun.map((id) => `${id} live`).sort());
  const end = (tab: typeof page) =>
    tab.evaluate(async () => {
      const { own } = globalThis as unknown as { own: InstanceType<typeof lab.trackreel.Recorder> };
      const from = own.progress.duration;
      await lab.reached(own, ({ duration }) => duration >= from + 1);
      await own.stop();
      return { file: await lab.base64(await own.export()), progress: own.progress };
    });
  // The second continues when the first has ended.
  const ended = [await end(tabs[0]!), await end(tabs[1]!)];
  for (const tab of tabs) expect(await listed(tab)).toEqual(begun.map((id) => `${id} complete`).sort());
  for (const [i, { file, progress }] of ended.entries()) {
    expect(progress.source).toBe('received');
    const movie = await readMovie(bytesOf(file));
    expectPlayable(movie);
    expect(await witnesses[i]!.expectFaithful(movie, progress)).toEqual([]);
    expect(movie.stream['codec_name']).toBe(['h264', 'vp9'][i]);
    const other = await tabs[1 - i]!.evaluate(async (id) => {
      const reel = (await lab.trackreel.reels.list()).find((reel) => reel.id === id);
      return lab.base64(await reel!.export());
    }, begun[i]!);
    expect(other === file, 'the other tab exports the same').toBe(true);
  }
});

test('two recorders keep one track, and one continues when the other has ended', async ({ page }) => {
  await openLab(page, 'codec=VP9&tap=on');
  const witness = await Witness.observe(page);
  const results = await page.evaluate(async () => {
    const { stream } = lab.loopback;
    const first = new lab.trackreel.Recorder(stream, { source: 'received' });
    const second = new lab.trackreel.Recorder(stream, { source: 'received', container: 'webm' });
    await Promise.all([first.start(), second.start()]);
    await Promise.all([first, second].map((recorder) => lab.reached(recorder, ({ duration }) => duration >= 2)));
    await first.stop();
    const from = second.progress.duration;
    await lab.reached(second, ({ duration }) => duration >= from + 2.5);
    await second.stop();
    const files = [await first.export(), await second.export()];
    return [
      { file: await lab.base64(files[0]!), progress: first.progress },
      { file: await lab.base64(files[1]!), progress: second.progress },
    ];
  });
  for (const [i, { file, progress }] of results.entries()) {
    expect(progress.source).toBe('received');
    const movie = await readMovie(bytesOf(file));
    [expectPlayable, expectPlayableWebM][i]!(movie);
    expect(await witness.expectFaithful(movie, progress)).toEqual([]);
  }
  expect(results[1]!.progress.duration).toBeGreaterThan(results[0]!.progress.duration + 2);
});

test('where what passes frames on is lost, sound continues as well', async ({ page }, info) => {
  await openLab(page);
  const started = page.waitForEvent('worker', (worker) => worker.url().includes('tap-worker'));
  await makeBeeper(page, 'tapped');
  const worker = await started;
  await page.evaluate(async () => {
    const recorder = new lab.trackreel.Recorder(beeper.stream, { source: 'received', freeze: 'keep' });
    Object.assign(globalThis, { own: recorder });
    await recorder.start();
    beeper.begin();
    await lab.reached(recorder, ({ duration }) => duration >= 2.4);
  });
  const replaced = page.waitForEvent('worker', (worker) => worker.url().includes('tap-worker'));
  await worker.evaluate(() => self.close());
  await replaced;
  const { file, source, at } = await page.evaluate(async () => {
    const { own } = globalThis as unknown as { own: InstanceType<typeof lab.trackreel.Recorder> };
    const at = own.progress.duration;
    await lab.reached(own, ({ duration }) => duration >= at + 4);
    await own.stop();
    await beeper.end();
    return { file: await lab.base64(await own.export()), source: own.progress.source, at };
  });
  expect(source).toBe('received');
  const path = info.outputPath('movie.mp4');
  writeFileSync(path, bytesOf(file));
  const { beeps } = beepsOf(path);
  expect(beeps.filter((beep) => beep < at).length, `${beeps}, ${at}`).toBeGreaterThanOrEqual(2);
  expect(beeps.filter((beep) => beep > at + 1).length, `${beeps}, ${at}`).toBeGreaterThanOrEqual(2);
});

test('on a full disk, what was stored of what came plays', async ({ page }) => {
  await openLab(page, 'codec=VP8&tap=on');
  const witness = await Witness.observe(page);
  const session = await page.context().newCDPSession(page);
  const { origin } = new URL(page.url());
  await session.send('Storage.overrideQuotaForOrigin', { origin, quotaSize: 900_000 });
  const { file, progress, reported, stop } = await page.evaluate(async () => {
    // The bitrate is for the room that a start needs: received frames have their own.
    const options = { source: 'received', container: 'webm', bitrate: 500_000 } as const;
    const recorder = new lab.trackreel.Recorder(lab.loopback.stream, options);
    const ended = lab.ended(recorder);
    await recorder.start();
    const reported = await ended;
    const stop = await recorder.stop().catch((error) => error.code);
    return { file: await lab.base64(await recorder.export()), progress: recorder.progress, reported, stop };
  });
  expect([...reported, stop]).toEqual(['quota', 'error', 'quota']);
  const movie = await readMovie(bytesOf(file));
  expectPlayableWebM(movie);
  expect(await witness.expectFaithful(movie, progress)).toEqual([]);
  expect(movie.counters.length).toBe(progress.frames);

  await openLab(page, 'codec=VP8&tap=on');
  const later = await page.evaluate(async () => {
    const [reel] = await lab.trackreel.reels.list();
    return { state: reel!.state, file: await lab.base64(await reel!.export()) };
  });
  expect(later.state).toBe('interrupted');
  const rest = await readMovie(bytesOf(later.file));
  expectPlayableWebM(rest);
  expect(rest.counters).toEqual(movie.counters.slice(0, rest.counters.length));
  expect(rest.counters.length).toBeGreaterThan(30);
});

for (const codec of ['H264', 'VP9']) {
  test(`when the site’s data are cleared, the rest begins with a key frame: ${codec}`, async ({ page }) => {
    await openLab(page, `codec=${codec}&tap=on`);
    const witness = await Witness.observe(page);
    await page.evaluate(async () => {
      const options = { source: 'received', keyFrameInterval: '1h' } as const;
      const recorder = new lab.trackreel.Recorder(lab.loopback.stream, options);
      const errors: string[] = [];
      recorder.addEventListener('error', ({ detail }) => errors.push(detail.code));
      Object.assign(globalThis, { own: recorder, errors });
      await recorder.start();
      await lab.reached(recorder, ({ duration }) => duration >= 5);
    });
    const session = await page.context().newCDPSession(page);
    const { origin } = new URL(page.url());
    await session.send('Storage.clearDataForOrigin', { origin, storageTypes: 'all' });
    const { errors, files, state, progress } = await page.evaluate(async () => {
      const { own, errors } = globalThis as unknown as {
        own: InstanceType<typeof lab.trackreel.Recorder>;
        errors: string[];
      };
      const { received } = own.progress;
      await new Promise<void>((resolve) =>
        own.addEventListener('progress', ({ detail }) => detail.received > received + 150 && resolve()),
      );
      const { state } = own;
      await own.stop();
      const [reel] = await lab.trackreel.reels.list();
      const files = [await lab.base64(await own.export()), await lab.base64(await reel!.export())];
      return { errors, files, state, progress: own.progress };
    });
    expect([state, ...errors]).toEqual(['recording', 'storage']);
    expect(files[0] === files[1]).toBe(true);
    const movie = await readMovie(bytesOf(files[0]!));
    expectPlayable(movie);
    const [first, ...others] = await keyTimesOf(bytesOf(files[0]!));
    expect(first).toBe(0);
    console.log(`${codec}: of ${progress.received} frames ${progress.frames} are left; key frames: 0 ${others}`);
    const { counters } = movie;
    const observed = (await witness.counters()) as number[];
    const [from, to] = [observed.indexOf(counters[0]!), observed.indexOf(counters.at(-1)!)];
    expect(counters, 'none is missing from the first on').toEqual(observed.slice(from, to + 1));
    // Frames before it, which can't be decoded, stay in memory.
    expect(progress.frames).toBeGreaterThanOrEqual(counters.length);
    expect(counters.length).toBeGreaterThan(90);
  });
}

/** What ends a track that is received. */
const ENDS = {
  'the page stops the track': () => lab.loopback.stream.getVideoTracks()[0]!.stop(),
  'the connection is closed': () => {
    const [track] = lab.loopback.stream.getVideoTracks();
    connections.find((one) => one.getReceivers().some((receiver) => receiver.track === track))!.close();
  },
  'its transceiver is stopped': () => {
    const isReceiver = (one: RTCRtpTransceiver) => one.receiver.track === lab.loopback.stream.getVideoTracks()[0];
    connections
      .flatMap((one) => one.getTransceivers())
      .find(isReceiver)!
      .stop();
  },
};

for (const [how, end] of Object.entries(ENDS)) {
  test(`when ${how}, the recording of what came ends and plays`, async ({ page }) => {
    await keepConnections(page);
    await openLab(page, 'codec=H264&tap=on');
    const witness = await Witness.observe(page);
    await page.evaluate(async () => {
      const { stream } = lab.loopback;
      const recorder = new lab.trackreel.Recorder(stream, { source: 'received' });
      Object.assign(globalThis, { own: recorder, ending: lab.ended(recorder) });
      await recorder.start();
      await lab.reached(recorder, ({ duration }) => duration >= 2);
    });
    await page.evaluate(end);
    const { reported, progress, file, state } = await page.evaluate(async () => {
      const { own, ending } = globalThis as unknown as {
        own: InstanceType<typeof lab.trackreel.Recorder>;
        ending: Promise<string[]>;
      };
      const reported = await ending;
      const [reel] = await lab.trackreel.reels.list();
      return { reported, progress: own.progress, file: await lab.base64(await own.export()), state: reel!.state };
    });
    expect([...reported, state]).toEqual(['track-ended', 'complete']);
    expect(progress.source).toBe('received');
    const movie = await readMovie(bytesOf(file));
    expectPlayable(movie);
    // A frame that has come may not be shown any more.
    const observed = (await witness.counters()) as number[];
    const shown = movie.counters.slice(0, movie.counters.indexOf(observed.at(-1)!) + 1);
    expect(shown.length).toBeGreaterThan(30);
    expect(shown).toEqual(observed.slice(observed.indexOf(shown[0]!)));
    expect(movie.counters.length).toBe(progress.frames);
  });
}

for (const codec of ['VP8', 'AV1']) {
  test(`a WebM of ${codec} whose size changes plays to its end, in both sizes`, async ({ page }) => {
    await keepConnections(page);
    await openLab(page, `codec=${codec}&tap=on`);
    await scale(page, 2);
    const witness = await Witness.observe(page);
    await page.evaluate(async () => {
      const options = { source: 'received', container: 'webm', keyFrameInterval: '1h' } as const;
      const recorder = new lab.trackreel.Recorder(lab.loopback.stream, options);
      Object.assign(globalThis, { own: recorder });
      await recorder.start();
      await lab.reached(recorder, ({ duration }) => duration >= 1.5);
    });
    await scale(page, 1);
    const { file, progress } = await page.evaluate(async () => {
      const { own } = globalThis as unknown as { own: InstanceType<typeof lab.trackreel.Recorder> };
      const from = own.progress.duration;
      await lab.reached(own, ({ duration }) => duration >= from + 1.5);
      await own.stop();
      return { file: await lab.base64(await own.export()), progress: own.progress };
    });
    expect(progress).toMatchObject({ source: 'received', width: 640, height: 360 });
    const movie = await readMovie(bytesOf(file));
    expectPlayableWebM(movie);
    expect(await witness.expectFaithful(movie, progress)).toEqual([]);
    const keys = await keyTimesOf(bytesOf(file));
    expect(keys.length, `${keys}`).toBeGreaterThanOrEqual(2);
    const change = movie.times.indexOf(keys.at(-1)!);
    const samples = [5, change - 5, change + 5, movie.times.length - 5];
    const times = samples.map((n) => (movie.times[n]! + movie.times[n + 1]!) / 2);
    const played = await playedOf(page, file, times);
    expect(played.sizes).toEqual([320, 640]);
    expect(played.counters).toEqual(samples.map((n) => movie.counters[n]));
  });
}

for (const [codec, container] of [
  ['H264', 'mp4'],
  ['VP8', 'webm'],
] as const) {
  test(`the next file begins with a key frame that is asked for: ${codec}`, async ({ page }) => {
    await openLab(page, `codec=${codec}&tap=on`);
    const witness = await Witness.observe(page);
    const { files, drops, uncounted } = await page.evaluate(async (container) => {
      const { Recorder } = lab.trackreel;
      const options = { source: 'received', maxLength: 2, onLimit: 'next', keyFrameInterval: '1h', container } as const;
      const recorder = new Recorder(lab.loopback.stream, options);
      const finished: NonNullable<typeof recorder.reel>[] = [];
      const drops: number[] = [];
      const uncounted: number[] = [];
      const third = new Promise<void>((resolve) =>
        recorder.addEventListener('next', ({ detail }) => {
          const { received, frames, drops: dropped } = detail.progress;
          drops.push(dropped.network);
          uncounted.push(received - frames - Object.values(dropped).reduce((sum, count) => sum + count, 0));
          if (finished.push(detail.reel) === 3) resolve();
        }),
      );
      await recorder.start();
      await third;
      await lab.reached(recorder, ({ duration }) => duration >= 1);
      // A stop drops what is not shown yet.
      drops.push(recorder.progress.drops.network);
      await recorder.stop();
      const files: string[] = [];
      for (const reel of [...finished, recorder.reel!]) files.push(await lab.base64(await reel.export()));
      return { files, drops, uncounted };
    }, container);
    const observed = (await witness.counters()) as number[];
    const movies = await Promise.all(files.map((file) => readMovie(bytesOf(file))));
    const missing: number[] = [];
    for (const [i, movie] of movies.entries()) {
      (container === 'mp4' ? expectPlayable : expectPlayableWebM)(movie);
      expect((await keyTimesOf(bytesOf(files[i]!)))[0]).toBe(0);
      const [from, to] = [observed.indexOf(movie.counters[0]!), observed.indexOf(movie.counters.at(-1)!)];
      expect(movie.counters, 'none is missing in a file').toEqual(observed.slice(from, to + 1));
      if (i > 0) missing.push(from - observed.indexOf(movies[i - 1]!.counters.at(-1)!) - 1);
    }
    console.log(`${codec}: frames missing between files: ${missing}; counted: ${drops.slice(1)}; ${uncounted}`);
    expect(uncounted).toEqual([0, 0, 0]);
    // The frame that is too long for a file needs those in it: it is in neither, and counts for the file that it ends.
    const [, ...begins] = drops.map((count, i) => (i < drops.length - 1 ? count - 1 : count));
    expect(missing).toEqual(begins.map((count) => count + 1));
  });
}

test('sound of a track that takes the place of a tapped one is in the file', async ({ page }, info) => {
  await openLab(page);
  await makeBeeper(page, 'tapped');
  await makeCall(page, { pitches: [400] });
  const { file, at, paths } = await page.evaluate(async () => {
    const recorder = new lab.trackreel.Recorder(beeper.stream, { freeze: 'keep' });
    const paths: string[] = [];
    await recorder.start();
    beeper.begin();
    await lab.reached(recorder, ({ duration }) => duration >= 2);
    paths.push(recorder.progress.source);
    await recorder.replaceTrack(call.stream);
    const at = recorder.progress.duration;
    await lab.reached(recorder, ({ duration }) => duration >= at + 3);
    paths.push(recorder.progress.source);
    await recorder.stop();
    await beeper.end();
    await call.end();
    return { file: await lab.base64(await recorder.export()), at, paths };
  });
  expect(paths).toEqual(['received', 'frames']);
  const path = info.outputPath('movie.mp4');
  writeFileSync(path, bytesOf(file));
  const [tones] = tonesOf(path, [400, 1000]);
  const [before, after] = [tones!.slice(0, at * WINDOWS), tones!.slice((at + 1) * WINDOWS)];
  expect(lengthOf(before, 1000), summaryOf(tones!)).toBeGreaterThan(0.1);
  expect(lengthOf(after, 400), summaryOf(tones!)).toBeGreaterThan(1);
  expect(lengthOf(after, 1000), summaryOf(tones!)).toBe(0);
});
