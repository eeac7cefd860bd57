import { launch as start } from 'puppeteer-core';
import type { Engine } from '../engine.js';
import { NO_SOUND_DEVICE, startSoundDevice } from './sound-device.js';

/** How long a function in the page may take, as long as a test. */
const PATIENCE_MS = 180_000;

/** Firefox, which can do more than the others. */
export interface Firefox extends Engine {
  /** Runs a function in every page that is opened from now on. What `evaluate` runs counts as a click; this does not. */
  onOpen(run: () => void): Promise<void>;
  /** What the page logs next. */
  logged(): Promise<string>;
}

/** What it is started with. */
interface Setup {
  preferences?: Record<string, unknown>;
  hasSoundDevice?: boolean;
}

/** A page may play what it received without a click. */
const ALLOWED = { 'media.autoplay.default': 0, 'media.autoplay.blocking_policy': 0 };
/** Nothing plays without a click, not even without sound. */
export const BLOCKED = { 'media.autoplay.default': 5 };
/** What Firefox has by default: nothing with sound plays without a click. */
export const SOUND_BLOCKED = { 'media.autoplay.default': 1 };

/** Debian's Firefox, driven over WebDriver BiDi (https://w3c.github.io/webdriver-bidi/). */
export async function launch({ preferences, hasSoundDevice = true }: Setup = {}): Promise<Firefox> {
  const device = hasSoundDevice ? await startSoundDevice() : NO_SOUND_DEVICE;
  const browser = await start({
    browser: 'firefox',
    executablePath: process.env.FIREFOX ?? '/usr/bin/firefox-esr',
    headless: true,
    protocolTimeout: PATIENCE_MS,
    extraPrefsFirefox: { ...ALLOWED, ...preferences },
    env: { ...process.env, ...device.env },
  }).catch((error) => {
    device.end();
    throw error;
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
    // What runs is gone with its page.
    back: () => page.evaluate(() => void setTimeout(() => history.back())),
    async hide() {
      const front = await browser.newPage();
      await front.bringToFront();
    },
    show: () => page.bringToFront(),
    logged: () => new Promise((resolve) => page.once('console', (message) => resolve(message.text()))),
    onOpen: async (run) => void (await page.evaluateOnNewDocument(run)),
    click: () => page.mouse.click(1, 1),
    async close() {
      await browser.close();
      device.end();
    },
  };
}
