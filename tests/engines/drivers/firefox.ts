import { launch as start } from 'puppeteer-core';
import type { Engine } from '../engine.js';

/** How long a function in the page may take, as long as a test. */
const PATIENCE_MS = 180_000;

/** Debian's Firefox, driven over WebDriver BiDi (https://w3c.github.io/webdriver-bidi/). */
export async function launch(): Promise<Engine> {
  const browser = await start({
    browser: 'firefox',
    executablePath: process.env.FIREFOX ?? '/usr/bin/firefox-esr',
    headless: true,
    protocolTimeout: PATIENCE_MS,
    // A page may play what it received without a click.
    extraPrefsFirefox: { 'media.autoplay.default': 0, 'media.autoplay.blocking_policy': 0 },
  });
  const page = await browser.newPage();
  page.on('pageerror', (error) => console.error(`firefox: ${error}`));
  return {
    name: 'firefox',
    version: (await browser.version()).replace(/^firefox\//i, 'Firefox '),
    open: async (url) => void (await page.goto(url)),
    // The types of Puppeteer's arguments are for its handles, which no test passes.
    evaluate: ((run: () => unknown, ...argument: []) => page.evaluate(run, ...argument)) as Engine['evaluate'],
    reload: async () => void (await page.reload()),
    async hide() {
      const front = await browser.newPage();
      await front.bringToFront();
    },
    show: () => page.bringToFront(),
    close: () => browser.close(),
  };
}
