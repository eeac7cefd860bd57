import { writeFileSync } from 'node:fs';
import type { TestInfo } from '@playwright/test';
import { apart, beepsOf } from '../e2e/support/beeps.js';
import { launch as chromium } from './drivers/chromium.js';
import type { Engine } from './engine.js';
import { connect, expect, test } from './fixtures.js';
import { finish } from './verdict.js';

test('plays its own file to the end', async ({ engine, notes }) => {
  await connect(engine, notes);
  await engine.evaluate(async () => {
    await stage.begin();
    await stage.take!.recordFor(3);
  });
  const { progress } = await finish(engine);
  const played = await engine.evaluate(async () => stage.play(await stage.take!.recorder.export()));
  expect(played).toMatchObject({ width: progress.width, height: progress.height });
  // Engines count the last frame's own length or not.
  expect(Math.abs(played.duration - progress.duration)).toBeLessThan(0.1);
  expect(Math.abs(played.end - progress.duration)).toBeLessThan(0.1);
});

/** How each engine reports that a player has sound. */
const REPORTS = { chromium: 'decoded bytes', firefox: 'mozHasAudio', webkitgtk: 'audioTracks' };

/** Records flashes and beeps in a page for three seconds; returns the file as base64. */
function record(engine: Engine, audioCodec: 'opus' | 'aac'): Promise<string> {
  return engine.evaluate(async (audioCodec) => {
    const beeper = await stage.beep('local');
    const recorder = new stage.trackreel.Recorder(beeper.stream, { audioCodec });
    await recorder.start();
    await new Promise<void>((resolve, reject) => {
      recorder.addEventListener('progress', ({ detail }) => detail.duration >= 3.5 && resolve());
      recorder.addEventListener('error', ({ detail }) => reject(detail));
    });
    await recorder.stop();
    beeper.close();
    return stage.base64(await recorder.export());
  }, audioCodec);
}

/** Expects that an engine plays a file with beeps to its end, and decodes the same beeps as ffmpeg. */
async function expectHeard(engine: Engine, file: string, info: TestInfo): Promise<void> {
  const path = info.outputPath('beeps.mp4');
  writeFileSync(path, Buffer.from(file, 'base64'));
  const expected = beepsOf(path);
  expect(expected.beeps.length).toBeGreaterThanOrEqual(2);
  const { played, heard } = await engine.evaluate(async (file) => {
    const blob = stage.blob(file);
    return { played: await stage.play(blob), heard: await stage.hear(blob) };
  }, file);
  expect(played.sound).toBe(REPORTS[engine.name]);
  expect(Math.abs(played.end - played.duration)).toBeLessThan(0.1);
  expect(Math.abs(played.duration - expected.length)).toBeLessThan(0.1);
  expect(Math.abs(heard.length - expected.length), `${heard.length} of ${expected.length} s`).toBeLessThan(0.1);
  const off = apart(expected.beeps, heard.beeps);
  expect(heard.beeps.length, `${heard.beeps}`).toBe(expected.beeps.length);
  expect(Math.max(...off.map(Math.abs)), `${off}`).toBeLessThan(0.06);
}

for (const [audioCodec, name] of [
  ['opus', 'Opus'],
  ['aac', 'AAC'],
] as const) {
  test(`plays its own file with ${name} to the end, and the sound is decoded`, async ({ engine }, info) => {
    await expectHeard(engine, await record(engine, audioCodec), info);
  });

  test(`plays a file with ${name} that Chromium recorded`, async ({ engine }, info) => {
    test.skip(engine.name === 'chromium', 'the test before this one is the same');
    const maker = await chromium();
    let file: string;
    try {
      await maker.open(process.env.TRACKREEL_ENGINES!);
      file = await record(maker, audioCodec);
    } finally {
      await maker.close();
    }
    await expectHeard(engine, file, info);
  });
}
