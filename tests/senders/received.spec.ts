import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { expect, test } from '@playwright/test';
import type {} from './main.js';
import type { Plan } from './plan.js';
import { AS_RECEIVED } from './plans.mjs';

/** How many repeats may be left of a pause. */
const LEFTOVERS = 3;

/** How many pictures of a file the page may not have been shown: a browser shows none that is late. */
const NOT_SHOWN = 3;

for (const [name, plan] of Object.entries<Plan>(AS_RECEIVED)) {
  test(`an AI video server, recorded as it is received: ${name}`, async ({ page }, info) => {
    await page.goto('/');
    await page.waitForFunction(() => globalThis.senders);
    const args = [process.env['TRACKREEL_SENDER']!, plan] as const;
    const { outcome, progress, inFile, shown, file } = await page.evaluate(
      ([server, plan]) => globalThis.senders.recordReceived(server, plan),
      args,
    );
    const path = info.outputPath('received.mp4');
    writeFileSync(path, Buffer.from(file, 'base64'));
    const each = ['-fps_mode', 'passthrough', '-enc_time_base', '-1', '-f', 'null', '-'];
    const { stderr } = spawnSync('ffmpeg', ['-v', 'warning', '-i', path, ...each], { encoding: 'utf8' });

    const pictures = new Set(shown);
    const from = shown.indexOf(inFile[0]!);
    const known = new Set(inFile);
    const numbers = {
      pictures: known.size,
      notShown: [...known].filter((picture) => !pictures.has(picture)).length,
      missing: new Set(shown.slice(from).filter((picture) => picture !== null && !known.has(picture))).size,
      repeats: inFile.length - known.size,
      drops: progress.drops,
      outcome,
    };
    const metrics = JSON.stringify(numbers);
    console.log(`${name}: ${metrics}`);
    expect(progress.source).toBe('received');
    expect.soft(stderr, 'every picture is decoded, without a complaint').toBe('');
    expect
      .soft(
        inFile.every((picture, i) => i === 0 || picture >= inFile[i - 1]!),
        `in order: ${inFile}`,
      )
      .toBe(true);
    expect.soft(numbers.notShown, metrics).toBeLessThanOrEqual(NOT_SHOWN);
    expect.soft(outcome.leftover_repeats, metrics).toBeLessThanOrEqual(LEFTOVERS);
    // What moves behind a pause until the key frame comes that is asked for. The first of it may still count as frozen.
    expect.soft(outcome.false_cuts, metrics).toBeLessThanOrEqual(progress.drops.network + NOT_SHOWN);
    // A busy machine receives late: it is 0.02 on a quiet one. Frames that are lost for long are a silence.
    if (!plan.loss && !plan.outages) expect.soft(outcome.motion_time_error, metrics).toBeLessThanOrEqual(0.3);
    expect.soft(numbers.missing, metrics).toBeLessThanOrEqual(progress.drops.network + NOT_SHOWN);
  });
}
