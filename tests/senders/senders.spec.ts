import { expect, test } from '@playwright/test';
import type {} from './main.js';
import type { Plan } from './plan.js';
import { LIMITS, TESTED } from './plans.mjs';

for (const [name, plan] of Object.entries<Plan>(TESTED)) {
  test(`an AI video server: ${name}`, async ({ page }) => {
    await page.goto('/');
    await page.waitForFunction(() => globalThis.senders);
    const asks = [process.env['TRACKREEL_SENDER']!, plan] as const;
    const outcome = await page.evaluate(([server, plan]) => globalThis.senders.record(server, plan), asks);
    const figures = JSON.stringify(outcome);
    console.log(`${name}: ${figures}`);
    expect.soft(outcome.false_cuts, figures).toBeLessThanOrEqual(LIMITS.false_cuts);
    expect.soft(outcome.leftover_repeats, figures).toBeLessThanOrEqual(LIMITS.leftover_repeats);
    expect.soft(outcome.motion_time_error, figures).toBeLessThanOrEqual(LIMITS.motion_time_error);
    expect.soft(outcome.found_after_ms, figures).not.toBeNull();
    expect.soft(outcome.found_after_ms, figures).toBeLessThanOrEqual(LIMITS.found_after_ms);
    expect.soft(outcome.false_freezes, figures).toBe(0);
    for (const pause of outcome.pauses.filter(({ kind }) => kind !== 'hiccup')) {
      expect.soft([pause.begun, pause.ended], figures).toEqual([1, 1]);
    }
  });
}
