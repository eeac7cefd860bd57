import { launchChromium } from '../../../scripts/browser.mjs';
import type { Engine } from '../engine.js';

/** Debian's Chromium, driven over its own protocol. */
export async function launch(): Promise<Engine> {
  const browser = await launchChromium();
  const context = await browser.newContext();
  const page = await context.newPage();
  page.on('pageerror', (error) => console.error(`chromium: ${error}`));
  return {
    name: 'chromium',
    version: `Chromium ${browser.version()}`,
    open: async (url) => void (await page.goto(url)),
    // The types of Playwright's arguments are for its handles, which no test passes.
    evaluate: ((run: never, argument: never) => page.evaluate(run, argument)) as Engine['evaluate'],
    reload: async () => void (await page.reload()),
    async hide() {
      const front = await context.newPage();
      await front.bringToFront();
    },
    show: () => page.bringToFront(),
    close: () => browser.close(),
  };
}
