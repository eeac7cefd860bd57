import { launch as start, type Page } from 'puppeteer-core';
import { CHROMIUM } from '../../../scripts/browser.mjs';
import type { Engine } from '../engine.js';

/** How long a function in the page may take, as long as a test. */
const PATIENCE_MS = 180_000;

/** Chromium, which can do more than the others. */
export interface Chromium extends Engine {
  /** Freezes the page, which has to be hidden, as the browser does to save power; or has it continue. */
  freeze(isFrozen: boolean): Promise<void>;
}

/** Debian's Chromium, with what Playwright takes from it: hidden tabs, and a back/forward cache. */
export async function launch(): Promise<Chromium> {
  const browser = await start({
    browser: 'chrome',
    executablePath: CHROMIUM.executablePath,
    args: CHROMIUM.args,
    headless: true,
    protocolTimeout: PATIENCE_MS,
    ignoreDefaultArgs: ['--disable-back-forward-cache'],
  });
  const page = await browser.newPage();
  page.on('pageerror', (error) => console.error(`chromium: ${error}`));
  const devtools = await page.createCDPSession();
  let front: Page | undefined;
  return {
    name: 'chromium',
    version: (await browser.version()).replace(/^(Headless)?Chrome\//i, 'Chromium '),
    open: async (url) => void (await page.goto(url)),
    // The types of Puppeteer's arguments are for its handles, which no test passes.
    evaluate: ((run: () => unknown, ...argument: []) => page.evaluate(run, ...argument)) as Engine['evaluate'],
    reload: async () => void (await page.reload()),
    // What runs is gone with its page.
    back: () => page.evaluate(() => void setTimeout(() => history.back())),
    async hide() {
      front = await browser.newPage();
      await front.bringToFront();
    },
    async show() {
      await page.bringToFront();
      await front?.close();
    },
    click: () => page.mouse.click(1, 1),
    freeze: (isFrozen) => devtools.send('Page.setWebLifecycleState', { state: isFrozen ? 'frozen' : 'active' }),
    close: () => browser.close(),
  };
}
