import { expect, test } from '@playwright/test';
import type {} from './main.js';
import type { Plan } from './plan.js';

const SCRIPT = [{ motion: 4 }, { pause: 'a', seconds: 3 }, { motion: 4 }] as Plan['script'];

for (const [name, from, plan] of [
  ['VP8', 'frames', { script: SCRIPT }],
  ['H264 as received', 'received', { codec: 'H264', script: SCRIPT }],
] as const) {
  test(`an AI video server, played live and sought back in, through a pause: ${name}`, async ({ page }) => {
    await page.goto('/');
    await page.waitForFunction(() => globalThis.senders);
    const { file, live, back, last } = await page.evaluate(
      ([server, plan, from]) => globalThis.senders.playBack(server, plan as Plan, from),
      [process.env['TRACKREEL_SENDER']!, plan, from] as const,
    );
    const known = new Set(file.map(({ counter }) => counter));
    console.log(`${name}: ${file.length} pictures in the file, ${new Set(live).size} shown live`);
    expect(new Set(live).size).toBeGreaterThan(known.size / 2);
    // A repeat that is cut later may have been shown, and is the picture that stays.
    expect(live.filter((counter) => !known.has(counter))).toEqual([]);
    expect(last).toBe(file.at(-1)!.counter);
    for (const { time, counter } of back) {
      expect(counter, `at ${time}`).toBe(file.findLast((picture) => picture.time <= time + 1e-4)!.counter);
    }
  });
}
