import { writeFileSync } from 'node:fs';
import { CHROMIUM } from '../../scripts/browser.mjs';
import { tracksOf } from './support/beeps.js';
import { makeCall } from './support/call.js';
import { expect, openLab, test } from './support/fixtures.js';
import { readMovie } from './support/movie.js';
import { shareOf, summaryOf, tonesOf, WINDOWS } from './support/tones.js';
import { Witness, expectPlayable } from './support/witness.js';

// Else Chromium reports 10 GiB to pages, whatever the real quota is.
test.use({ launchOptions: { ...CHROMIUM, args: [...CHROMIUM.args, '--disable-features=StaticStorageQuota'] } });

test('a disk that fills up is reported in time, and nothing that was recorded is lost', async ({ page }) => {
  await openLab(page);
  const witness = await Witness.observe(page);
  const session = await page.context().newCDPSession(page);
  const origin = new URL(page.url()).origin;
  await session.send('Storage.overrideQuotaForOrigin', { origin, quotaSize: 600_000 });
  const { file, progress, reported, spaces, stop } = await page.evaluate(async () => {
    const recorder = new lab.trackreel.Recorder(lab.loopback.stream, { bitrate: 300_000 });
    const spaces: { remaining: number; bytes: number }[] = [];
    recorder.addEventListener('space', ({ detail }) => spaces.push(detail));
    const ended = lab.ended(recorder);
    await recorder.start();
    const reported = await ended;
    const stop = await recorder.stop().catch(({ code, cause }) => [code, cause.name]);
    return { file: await lab.base64(await recorder.export()), progress: recorder.progress, reported, spaces, stop };
  });
  expect(reported).toEqual(['quota', 'error']);
  expect(stop, 'with the exception of the browser').toEqual(['quota', 'QuotaExceededError']);
  expect(spaces.length).toBeGreaterThan(0);
  for (const { remaining: time, bytes } of spaces) {
    expect(time).toBeLessThan(60);
    expect(bytes).toBeLessThan(600_000);
  }
  const movie = await readMovie(Buffer.from(file, 'base64'));
  expectPlayable(movie);
  await witness.expectFaithful(movie, progress);
  expect(movie.counters.length).toBe(progress.frames);

  // The reel is there after a reload, and nothing can be begun without room.
  await openLab(page);
  const later = await page.evaluate(async () => {
    const recorder = new lab.trackreel.Recorder(lab.loopback.stream, { startupCleanup: false });
    const refused = await recorder.start().catch((error) => error.code);
    const [reel] = await lab.trackreel.reels.list();
    return { refused, state: reel!.state, file: await lab.base64(await reel!.export()), deleted: await reel!.delete() };
  });
  expect([later.refused, later.state]).toEqual(['quota', 'interrupted']);
  const rest = await readMovie(Buffer.from(later.file, 'base64'));
  expectPlayable(rest);
  expect(rest.counters).toEqual(movie.counters.slice(0, rest.counters.length));
  expect(rest.counters.length).toBeGreaterThan(30);
});

test('where a disk is full, what was recorded has its sound to the end', async ({ page }, info) => {
  await openLab(page);
  await makeCall(page, { pitches: [400] });
  const session = await page.context().newCDPSession(page);
  const { origin } = new URL(page.url());
  await session.send('Storage.overrideQuotaForOrigin', { origin, quotaSize: 6_000_000 });
  const { file, reported } = await page.evaluate(async () => {
    // Noise takes many bits.
    const noise = lab.noise();
    const recorder = new lab.trackreel.Recorder([noise.track, call.source.track], { bitrate: 1_000_000 });
    const ended = lab.ended(recorder);
    await recorder.start();
    while (recorder.state === 'recording') await noise.send();
    const reported = await ended;
    await call.end();
    return { file: await lab.base64(await recorder.export()), reported };
  });
  expect(reported).toEqual(['quota', 'error']);
  const path = info.outputPath('full.mp4');
  writeFileSync(path, Buffer.from(file, 'base64'));
  const [video, audio] = tracksOf(path).map(({ length }) => length);
  expect(video).toBeGreaterThan(2);
  expect(Math.abs(video! - audio!), `${video} and ${audio}`).toBeLessThan(0.1);
  const [tones] = tonesOf(path, [400]);
  // A page that is busy with noise sends its sound with holes.
  expect(shareOf(tones!, 400, 0.5, video), summaryOf(tones!)).toBeGreaterThan(0.5);
  expect(tones!.lastIndexOf(400) / WINDOWS, summaryOf(tones!)).toBeGreaterThan(video! - 1);
});

test('the browser is asked to keep the storage only if that is wanted', async ({ page }) => {
  await openLab(page);
  const asked = await page.evaluate(async () => {
    let asked = 0;
    navigator.storage.persist = async () => ++asked > 9;
    const times: number[] = [];
    for (const persist of [undefined, false, true, true]) {
      const recorder = new lab.trackreel.Recorder(lab.loopback.stream, persist === undefined ? {} : { persist });
      await recorder.start();
      await recorder.stop();
      times.push(asked);
    }
    return times;
  });
  expect(asked, 'a refusal is no error').toEqual([0, 0, 1, 2]);
});
