import { expect, test } from '../e2e/support/fixtures.js';

// A reel in a `ref()` threw "Receiver must be an instance of class Reel" at its first method.
test('a recorder and its reels work within the state of Vue', async ({ page }) => {
  await page.goto('/vue.html');
  await page.waitForFunction(() => globalThis.vueStage);
  const { wereProxies, sizes, resumed, left } = await page.evaluate(() => vueStage.use());
  expect(wereProxies).toEqual([true, true]);
  expect(Math.min(...sizes)).toBeGreaterThan(1000);
  expect({ resumed, left }).toEqual({ resumed: 'recording', left: 0 });
});
