// Debian's Chromium, headless, and quiet on the network.
import { chromium } from 'playwright-core';

/** How tests, benchmarks and recordings from the command line start it. */
export const CHROMIUM = {
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: [
    '--no-sandbox',
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
  ],
};

/** Starts it. */
export function launchChromium() {
  return chromium.launch(CHROMIUM);
}
