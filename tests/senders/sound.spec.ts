import { writeFileSync } from 'node:fs';
import { expect, test } from '@playwright/test';
import { tracksOf } from '../e2e/support/beeps.js';
import { lengthOf, shareOf, summaryOf, tonesOf } from '../e2e/support/tones.js';
import type {} from './main.js';
import { pitchOf, type Plan } from './plan.js';
import { WITH_SOUND } from './plans.mjs';

/** By how much sound may be beside its pictures, in seconds: a busy machine plays received sound late. */
const APART_S = 0.4;
/** Which part of a tone has to be there: where packets come late or are lost, Chromium fills in. */
const HEARD = 0.8;
const HEARD_OF_LOSS = 0.7;

for (const [name, plan] of Object.entries<Plan>(WITH_SOUND)) {
  test(`an AI video server with sound: ${name}`, async ({ page }, info) => {
    await page.goto('/');
    await page.waitForFunction(() => globalThis.senders);
    const args = [process.env['TRACKREEL_SENDER']!, plan] as const;
    const { outcome, spans, file } = await page.evaluate(
      ([url, plan]) => globalThis.senders.recordSound(url, plan),
      args,
    );
    const path = info.outputPath('sound.mp4');
    writeFileSync(path, Buffer.from(file, 'base64'));
    const { channels, heard } = plan.sound!;
    const pitches = plan.script.flatMap((_, n) => [pitchOf(n), pitchOf(n, 1)]);
    const sides = tonesOf(path, pitches);
    const numbers = [JSON.stringify(outcome), JSON.stringify(spans), ...sides.map(summaryOf)].join('\n');
    console.log(`${name}: ${numbers}`);

    expect(sides.length, numbers).toBe(channels);
    const lengths = tracksOf(path).map(({ length }) => length);
    expect.soft(Math.abs(lengths[0]! - lengths[1]!), `${lengths}`).toBeLessThan(0.1);
    expect.soft(outcome.false_cuts, numbers).toBe(0);
    expect.soft(outcome.false_freezes, numbers).toBe(0);
    for (const [side, tones] of sides.entries()) {
      for (const [n, stretch] of plan.script.entries()) {
        const pitch = pitchOf(n, side);
        const isTone = heard[n] === 'tone';
        if ('motion' in stretch) {
          const [first, last] = spans[n]!;
          const share = shareOf(tones, isTone ? pitch : 0, first + APART_S + (isTone ? 0 : 0.2), last - APART_S);
          expect.soft(share, `stretch ${n}\n${numbers}`).toBeGreaterThan(plan.loss ? HEARD_OF_LOSS : HEARD);
        } else if ('pause' in stretch) {
          const length = lengthOf(tones, pitch);
          if (isTone) expect.soft(Math.abs(length - stretch.seconds), `pause\n${numbers}`).toBeLessThan(APART_S);
          else expect.soft(length, `pause\n${numbers}`).toBe(0);
        }
      }
    }
    for (const [n, pause] of outcome.pauses.entries()) {
      const isHeld = heard[2 * n + 1] === 'tone';
      // Sound counts as audible for half a second more, and Chromium plays sound later than pictures.
      if (isHeld) expect.soft(pause.left_ms, numbers).toBeGreaterThan(pause.seconds * 1000 * 0.9);
      else expect.soft(pause.left_ms, numbers).toBeLessThan(2000);
    }
  });
}
