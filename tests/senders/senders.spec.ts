import { expect, test } from '@playwright/test';
import type {} from './main.js';
import type { Plan } from './plan.js';
import { LIMITS, TESTED } from './plans.mjs';

/** How many times a limit for a time may be exceeded where other tests run. */
const BUSY = 15;

for (const [name, plan] of Object.entries<Plan>(TESTED)) {
  test(`an AI video server: ${name}`, async ({ page }) => {
    await page.goto('/');
    await page.waitForFunction(() => globalThis.senders);
    const args = [process.env['TRACKREEL_SENDER']!, plan] as const;
    const outcome = await page.evaluate(([server, plan]) => globalThis.senders.record(server, plan), args);
    const metrics = JSON.stringify(outcome);
    console.log(`${name}: ${metrics}`);
    expect.soft(outcome.false_cuts, metrics).toBeLessThanOrEqual(LIMITS.false_cuts);
    expect.soft(outcome.leftover_repeats, metrics).toBeLessThanOrEqual(LIMITS.leftover_repeats);
    // The corpus and native tests hold times to their limits. Here a busy machine sends and receives late.
    expect.soft(outcome.motion_time_error, metrics).toBeLessThanOrEqual(BUSY * LIMITS.motion_time_error);
    expect.soft(outcome.found_after_ms, metrics).not.toBeNull();
    expect.soft(outcome.false_freezes, metrics).toBe(0);
    for (const pause of outcome.pauses.filter(({ kind }) => kind !== 'hiccup')) {
      expect.soft(pause.ended, metrics).toBe(pause.begun);
      expect.soft(pause.begun, metrics).toBe(1);
    }
  });
}
