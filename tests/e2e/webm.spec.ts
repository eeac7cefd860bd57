import { writeFileSync } from 'node:fs';
import { makeBeeper } from './support/beeper.js';
import { apart, beepsOf, flashesOf } from './support/beeps.js';
import { equip, expect, openLab, test } from './support/fixtures.js';
import { readMovie } from './support/movie.js';
import { droppedOf, expectPlayableWebM, Witness } from './support/witness.js';

test('VP8 is recorded as it is received, every frame, and the file plays and can be sought', async ({ page }) => {
  await openLab(page, 'codec=VP8&tap=on');
  const witness = await Witness.observe(page);
  const { file, progress, reasons, played } = await page.evaluate(async () => {
    const recorder = new lab.trackreel.Recorder(lab.loopback.stream, { container: 'webm', keyFrameInterval: '1s' });
    const reasons: string[] = [];
    recorder.addEventListener('source', ({ detail }) => reasons.push(detail.reason));
    await recorder.start();
    await lab.reached(recorder, ({ duration }) => duration >= 4);
    await recorder.stop();
    const reported: number[] = [];
    const blob = await recorder.export({ onProgress: (done) => reported.push(done) });
    const video = document.createElement('video');
    video.src = URL.createObjectURL(blob);
    await new Promise((resolve) => (video.onloadedmetadata = resolve));
    video.currentTime = 3;
    await new Promise((resolve) => (video.onseeked = resolve));
    const played = {
      type: blob.type,
      name: lab.trackreel.fileName(new Date(1970, 0, 1), blob.type),
      container: recorder.reel!.container,
      duration: video.duration,
      width: video.videoWidth,
      at: video.currentTime,
      done: reported.at(-1),
      seekable: video.seekable.end(0),
    };
    return { file: await lab.base64(blob), progress: recorder.progress, reasons, played };
  });
  expect(reasons).toEqual([]);
  expect(progress).toMatchObject({ source: 'received', width: 640, height: 360, codec: 'vp8' });
  const movie = await readMovie(Buffer.from(file, 'base64'));
  expectPlayableWebM(movie);
  const missing = await witness.expectFaithful(movie, progress);
  expect(missing, 'between the first and the last').toEqual([]);
  expect(movie.stream['codec_name']).toBe('vp8');
  expect(progress.received).toBe(progress.frames + droppedOf(progress));
  expect(played).toMatchObject({ type: 'video/webm', container: 'webm', width: 640, at: 3, done: 1 });
  expect(played.name).toMatch(/^recording-1970-01-01T00-00-00.*\.webm$/);
  expect(played.duration).toBeCloseTo(progress.duration, 2);
  expect(played.seekable).toBeCloseTo(progress.duration, 2);
});

test('a part, a crash and a resumed reel give a WebM, with sound that is in time', async ({ page }, info) => {
  await openLab(page);
  await makeBeeper(page, 'tapped', 'VP8');
  const before = await page.evaluate(async () => {
    const recorder = new lab.trackreel.Recorder(beeper.stream, {
      container: 'webm',
      freeze: 'keep',
      keyFrameInterval: '1s',
    });
    await recorder.start();
    beeper.begin();
    await lab.reached(recorder, ({ duration }) => duration >= 3);
    recorder.pause();
    await lab.reached(recorder, ({ drops }) => drops.paused >= 30);
    recorder.resume();
    await lab.reached(recorder, ({ duration }) => duration >= 5.5);
    const [whole, part] = [await recorder.export(), await recorder.export({ last: '2s' })];
    const files = [await lab.base64(whole), await lab.base64(part)];
    return { files, progress: recorder.progress, part: part.end - part.start };
  });
  expect(before.progress).toMatchObject({ source: 'received', codec: 'vp8', audioCodec: 'opus' });
  await page.reload();
  await equip(page);
  await makeBeeper(page, 'tapped', 'VP8');
  const after = await page.evaluate(async () => {
    const [reel] = await lab.trackreel.reels.list();
    // The reel has its container.
    const recorder = new lab.trackreel.Recorder(beeper.stream, { freeze: 'keep' });
    await recorder.start(reel);
    beeper.begin();
    const time = reel!.duration;
    await lab.reached(recorder, (progress) => progress.duration >= time + 3);
    await recorder.stop();
    await beeper.end();
    const blob = await recorder.export();
    const exported = await (await lab.trackreel.reels.list())[0]!.export();
    return {
      file: await lab.base64(blob),
      same: (await lab.base64(exported)) === (await lab.base64(blob)),
      time,
      state: reel!.state,
      container: reel!.container,
      source: recorder.progress.source,
    };
  });
  expect(after).toMatchObject({ state: 'interrupted', container: 'webm', source: 'received', same: true });
  const paths = ['whole', 'part', 'resumed'].map((name) => info.outputPath(`${name}.webm`));
  for (const [i, file] of [...before.files, after.file].entries()) {
    writeFileSync(paths[i]!, Buffer.from(file, 'base64'));
    const { beeps, length } = beepsOf(paths[i]!);
    // The sender restarts where the reel does.
    const isNear = (flash: number) => i === 2 && Math.abs(flash - after.time) < 1;
    // The sound of the last picture may not be there yet.
    const isInside = (flash: number) => flash > 0.3 && flash < length - 0.7;
    const flashes = flashesOf(paths[i]!).filter((flash) => isInside(flash) && !isNear(flash));
    const off = apart(flashes, beeps);
    expect(off.length, `${paths[i]}: ${flashes}: ${beeps}`).toBeGreaterThanOrEqual(flashes.length - 2);
    expect(off.length).toBeGreaterThan(0);
    expect(Math.max(...off.map(Math.abs)), `${off}`).toBeLessThan(0.1);
  }
  expect(before.part).toBeGreaterThanOrEqual(1.5);
});

for (const codec of ['auto', 'vp8', 'av1'] as const) {
  test(`what is not received is encoded into WebM: ${codec}`, async ({ page }) => {
    await openLab(page);
    const witness = await Witness.observe(page);
    const { file, progress, type } = await page.evaluate(async (codec) => {
      const recorder = new lab.trackreel.Recorder(lab.loopback.stream, { container: 'webm', codec });
      await recorder.start();
      await lab.reached(recorder, ({ duration }) => duration >= 1.5);
      const isFrozen = new Promise<void>((resolve) => recorder.addEventListener('freeze', () => resolve()));
      lab.loopback.pauseSender();
      await isFrozen;
      lab.loopback.resumeSender();
      await lab.reached(recorder, ({ duration }) => duration >= 3);
      await recorder.stop();
      const blob = await recorder.export();
      return { file: await lab.base64(blob), progress: recorder.progress, type: blob.type };
    }, codec);
    const movie = await readMovie(Buffer.from(file, 'base64'));
    expectPlayableWebM(movie);
    expect(movie.stream['codec_name']).toBe(codec === 'auto' ? 'vp9' : codec);
    expect(type).toBe('video/webm');
    expect(movie.counters).not.toContain(null);
    const observed = await witness.counters();
    expect(movie.counters.every((counter) => observed.includes(counter))).toBe(true);
    expect(progress.drops.freeze).toBeGreaterThan(0);
  });
}

test('H.264 is encoded for a WebM, and an option that it can not have is refused', async ({ page }) => {
  await openLab(page, 'codec=H264&tap=on');
  const { reasons, codec, refused } = await page.evaluate(async () => {
    const { stream } = lab.loopback;
    const recorder = new lab.trackreel.Recorder(stream, { container: 'webm' });
    const reasons: string[] = [];
    recorder.addEventListener('source', ({ detail }) => reasons.push(`${detail.source}: ${detail.reason}`));
    await recorder.start();
    await lab.reached(recorder, ({ duration }) => duration >= 1);
    await recorder.stop();
    const refused: string[] = [];
    for (const options of [{ codec: 'h264' }, { encoder: 'openh264' }, { audioCodec: 'aac' }] as const) {
      const other = new lab.trackreel.Recorder(stream, { container: 'webm', ...options });
      await other.start().catch((error) => refused.push(`${error.code}: ${error.message}`));
    }
    return { reasons, codec: recorder.progress.codec, refused };
  });
  expect(reasons).toEqual(['frames: codec']);
  expect(codec).toMatch(/^vp09/);
  expect(refused).toHaveLength(3);
  for (const error of refused) expect(error).toMatch(/^invalid-option: .*webm/);
});
