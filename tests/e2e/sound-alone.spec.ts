import { readFileSync, writeFileSync } from 'node:fs';
import type { TestInfo } from '@playwright/test';
import { CHROMIUM } from '../../scripts/browser.mjs';
import { makeBeeper } from './support/beeper.js';
import { beepsOf, tracksOf } from './support/beeps.js';
import { expect, openLab, saveExport, test } from './support/fixtures.js';

/** Farther than this from where it belongs, in seconds, a beep is at another place. Received sound is stretched where it comes late. */
const APART_S = 0.15;

const FAKE_DEVICES = ['--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream'];
test.use({ launchOptions: { ...CHROMIUM, args: [...CHROMIUM.args, ...FAKE_DEVICES] } });

/** Expects a file of sound alone, of a beep a second except at this many cuts. Returns its length in seconds. */
function check(info: TestInfo, name: string, base64: string, cuts: number): number {
  const path = info.outputPath(name);
  writeFileSync(path, Buffer.from(base64, 'base64'));
  expect(tracksOf(path).map(({ kind }) => kind)).toEqual(['audio']);
  const { beeps, length } = beepsOf(path);
  expect(beeps.length, `${beeps}`).toBeGreaterThanOrEqual(Math.floor(length) - 1);
  const steps = beeps.slice(1).map((beep, n) => beep - beeps[n]!);
  const odd = steps.filter((step) => Math.abs(step - 1) > APART_S);
  expect(odd.length, `${beeps}`).toBeLessThanOrEqual(cuts);
  return length;
}

for (const way of ['local', 'received'] as const) {
  test(`the sound of a ${way} stream is recorded alone`, async ({ page }, info) => {
    await openLab(page);
    await makeBeeper(page, way);
    const { files, types, name, listed, progress } = await page.evaluate(async () => {
      const { Recorder, download, reels } = lab.trackreel;
      const [track] = beeper.stream.getAudioTracks();
      const recorder = new Recorder(track!);
      await recorder.start();
      beeper.begin();
      await lab.reached(recorder, ({ duration }) => duration > 2);
      recorder.pause();
      await new Promise((resolve) => setTimeout(resolve, 1500));
      recorder.resume();
      await lab.reached(recorder, ({ duration }) => duration > 5);
      const during = await recorder.export();
      await recorder.stop();
      const [all, part] = [await recorder.export(), await recorder.export({ last: '2s' })];
      const [reel] = await reels.list();
      const again = await reel!.export();
      await beeper.end();
      const { frames, codec, audioCodec, bytes, duration, width } = reel!;
      const movies = { during, all, part, again };
      const files: Record<string, string> = {};
      for (const [name, movie] of Object.entries(movies)) files[name] = await lab.base64(movie);
      return {
        files,
        types: Object.values(movies).map(({ type }) => type),
        name: download(all),
        listed: { frames, codec, audioCodec, width, hasBytes: bytes > 10_000, isLong: duration > 5 },
        progress: recorder.progress,
      };
    });
    expect(new Set(types)).toEqual(new Set(['audio/mp4']));
    expect(name).toMatch(/^recording-.*\.m4a$/);
    expect(listed).toEqual({ frames: 0, codec: '', audioCodec: 'opus', width: 0, hasBytes: true, isLong: true });
    expect(progress.frames + progress.received).toBe(0);
    // Received sound may be stretched once where it comes late.
    const cuts = way === 'local' ? 1 : 2;
    check(info, 'during.m4a', files['during']!, cuts);
    const all = check(info, 'all.m4a', files['all']!, cuts);
    expect(all).toBeCloseTo(progress.duration, 1);
    expect(files['again']).toBe(files['all']);
    const part = check(info, 'part.m4a', files['part']!, cuts);
    expect(part).toBeGreaterThan(1.9);
    expect(part).toBeLessThan(4.5);
  });
}

test('sound alone is resumed after a crash, with sound alone', async ({ page }, info) => {
  await openLab(page);
  await makeBeeper(page, 'local');
  const id = await page.evaluate(async () => {
    const recorder = new lab.trackreel.Recorder(new MediaStream(beeper.stream.getAudioTracks()));
    await recorder.start();
    beeper.begin();
    await lab.reached(recorder, ({ duration }) => duration > 2);
    return recorder.reel!.id;
  });
  await page.goto('about:blank');
  await openLab(page);
  await makeBeeper(page, 'local');
  const { file, refused, state } = await page.evaluate(async (id) => {
    const { Recorder, reels } = lab.trackreel;
    const left = (await reels.list()).find((reel) => reel.id === id)!;
    const { state } = left;
    const refused = await new Recorder(beeper.stream).start(left).catch(({ code, message }) => ({ code, message }));
    const recorder = new Recorder(beeper.stream.getAudioTracks());
    await recorder.start(left);
    beeper.begin();
    await lab.reached(recorder, ({ duration }) => duration > 4.5);
    await recorder.stop();
    await beeper.end();
    return { file: await lab.base64(await recorder.export()), refused, state };
  }, id);
  expect(state).toBe('interrupted');
  expect(refused).toEqual({
    code: 'invalid-state',
    message: 'a reel of sound alone is resumed with sound alone, and one with pictures with pictures',
  });
  expect(check(info, 'resumed.m4a', file, 1)).toBeGreaterThan(4.5);
});

test('sound alone takes other sound and no pictures, and ends with its track', async ({ page }, info) => {
  await openLab(page);
  await makeBeeper(page, 'local');
  const { refused, isOther, reason, file } = await page.evaluate(async () => {
    const recorder = new lab.trackreel.Recorder(beeper.stream.getAudioTracks());
    await recorder.start();
    beeper.begin();
    await lab.reached(recorder, ({ duration }) => duration > 1);
    const refused = await recorder.replaceTrack(beeper.stream).catch(({ code, message }) => ({ code, message }));
    const other = beeper.stream.getAudioTracks()[0]!.clone();
    await recorder.replaceTrack(other);
    const isOther = recorder.track === other;
    const { duration: time } = recorder.progress;
    await lab.reached(recorder, (progress) => progress.duration > time + 2.5);
    const file = await lab.base64(await recorder.export());
    const stopped = new Promise<string>((resolve) =>
      recorder.addEventListener('stop', ({ detail }) => resolve(detail.reason)),
    );
    other.stop();
    const reason = await stopped;
    await beeper.end();
    return { refused, isOther, reason, file };
  });
  check(info, 'replaced.m4a', file, 1);
  expect(refused).toEqual({ code: 'invalid-source', message: 'sound alone is recorded: it takes no pictures' });
  expect({ isOther, reason }).toEqual({ isOther: true, reason: 'track-ended' });
});

test('sound alone ends at its limit, and another reel follows it', async ({ page }) => {
  await openLab(page);
  await makeBeeper(page, 'local');
  const lengths = await page.evaluate(async () => {
    const options = { maxLength: 2, onLimit: 'next' } as const;
    const recorder = new lab.trackreel.Recorder(beeper.stream.getAudioTracks(), options);
    const lengths: number[] = [];
    const followed = new Promise<void>((resolve) =>
      recorder.addEventListener('next', ({ detail }) => {
        lengths.push(detail.progress.duration);
        if (lengths.length === 2) resolve();
      }),
    );
    await recorder.start();
    beeper.begin();
    await followed;
    await recorder.stop();
    await beeper.end();
    return lengths;
  });
  for (const length of lengths) expect(length).toBeCloseTo(2, 1);
});

test('sound alone is recorded in memory where there is no disk', async ({ page }, info) => {
  await openLab(page);
  await makeBeeper(page, 'local');
  const file = await page.evaluate(async () => {
    const recorder = new lab.trackreel.Recorder(beeper.stream.getAudioTracks(), { storage: 'memory' });
    await recorder.start();
    beeper.begin();
    await lab.reached(recorder, ({ duration }) => duration > 3);
    await recorder.stop();
    await beeper.end();
    return lab.base64(await recorder.reel!.export());
  });
  check(info, 'memory.m4a', file, 0);
});

test('a person records the microphone alone', async ({ page }) => {
  await page.goto('/?source=microphone');
  await page.getByRole('button', { name: 'Start the microphone' }).click();
  await expect(page.locator('#received')).toHaveText('Microphone · sound alone');
  await page.getByRole('button', { name: 'Record', exact: true }).click();
  await page.waitForFunction(() => trackreelDemo.recorder!.progress.duration > 2);
  await page.getByRole('button', { name: 'Stop', exact: true }).click();
  await expect(page.locator('#reels > li')).toContainText('Opus');
  const saved = await saveExport(page);
  expect(saved.suggestedFilename()).toMatch(/\.m4a$/);
  expect(
    readFileSync(await saved.path())
      .subarray(4, 8)
      .toString(),
  ).toBe('ftyp');
  await page.getByRole('button', { name: 'Export', exact: true }).click();
  await expect(page.locator('#export-picture')).toHaveText('none');
  await expect(page.locator('#export-sound')).toHaveText('Opus');
});
