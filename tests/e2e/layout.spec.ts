import AxeBuilder from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { expect, test } from './support/fixtures.js';

declare global {
  var shifts: { value: number; moved: string[] }[];
}

const press = (page: Page, name: string) => page.getByRole('button', { name, exact: true }).click();
const reach = (page: Page, seconds: number) =>
  page.waitForFunction((time) => trackreelDemo.recorder!.progress.duration > time, seconds);

// A button that moves is missed, and another one pressed.
test('nothing moves by itself, while the page loads and while it records', async ({ page }) => {
  await page.addInitScript(() => {
    globalThis.shifts = [];
    const observer = new PerformanceObserver((list) => {
      for (const entry of list.getEntries() as (PerformanceEntry & {
        value: number;
        hadRecentInput: boolean;
        sources: { node?: Node }[];
      })[]) {
        const moved = entry.sources.map(
          ({ node }) => `${node?.parentElement?.id}: ${node?.nodeName} ${node?.textContent}`,
        );
        if (!entry.hadRecentInput) shifts.push({ value: entry.value, moved });
      }
    });
    observer.observe({ type: 'layout-shift', buffered: true });
  });
  const expectStill = async () => expect(await page.evaluate(() => shifts)).toEqual([]);
  await page.setViewportSize({ width: 1000, height: 1600 });
  await page.goto('/?width=640&height=360');
  await press(page, 'Record');
  await reach(page, 1);
  await expectStill();

  // With a reel of an earlier session, one that was interrupted, and one that begins.
  await page.reload();
  const recovery = page.getByRole('region', { name: 'Interrupted recording' });
  await expect(recovery).toBeVisible();
  await expect(page.locator('#reels img')).toHaveCount(1);
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.map(({ id, nodes }) => ({ id, nodes: nodes.map(({ html }) => html) }))).toEqual([]);
  await expectStill();
  await press(page, 'Record');
  await expect(recovery).toBeHidden();
  await reach(page, 1);
  await press(page, 'Pause');
  await page.waitForFunction(() => trackreelDemo.recorder!.progress.drops.paused > 10);
  await press(page, 'Resume');
  await press(page, 'Pause the sender');
  await page.waitForFunction(() => trackreelDemo.recorder!.progress.drops.freeze > 40);
  await press(page, 'Pause the sender');
  await expect(page.locator('#status')).toContainText('The picture moves again');
  await press(page, 'Stop');
  await expect(page.locator('#indicator')).toHaveText('Not recording');
  await expect(page.locator('#reels img')).toHaveCount(2);
  await expectStill();

  const strip = page.locator('#strip');
  const painted = await strip.evaluate((element) => [...element.getAttribute('style')!.matchAll(/--(\w+)\) /g)]);
  expect(painted.map(([, kind]) => kind)).toEqual(['recorded', 'paused', 'recorded', 'still', 'recorded']);
  await expect(strip).toHaveAttribute('aria-label', /^So far: \d+ s recorded, .*\d+ s static picture$/);
});
