import { defineConfig } from '@playwright/test';
import { CHROMIUM } from '../../scripts/browser.mjs';
import { servePage } from '../../scripts/page.mjs';

// The page is served by this process and its address handed to the workers, so that any free port will do.
process.env.TRACKREEL_PAGE ??= (await servePage()).url;
process.env.TRACKREEL_CORPUS ??= (await servePage(0, 'tests/corpus/vite.config.ts')).url;

/** Specs that the recorder passes with either encoder. Limits and parts are the same behind every encoder. */
const WITH_EITHER = /(main-job|export|freeze|picture-size)\.spec/;

/** Specs of the page, which a person uses. */
const OF_THE_PAGE = /(page|page-sound|export-dialog|layout|offline|sources|history|timeline)\.spec/;

export default defineConfig({
  projects: [
    { name: 'webcodecs', testIgnore: OF_THE_PAGE },
    { name: 'page', testMatch: OF_THE_PAGE },
    { name: 'openh264', testMatch: WITH_EITHER, grepInvert: /@before-encoders/ },
  ],
  testDir: '.',
  // One at a time: frames come at a rate that a busy machine does not keep.
  workers: 1,
  timeout: 120_000,
  expect: { timeout: 30_000 },
  forbidOnly: true,
  reporter: [['list']],
  outputDir: '../../test-results/e2e',
  use: {
    baseURL: process.env.TRACKREEL_PAGE,
    launchOptions: CHROMIUM,
    acceptDownloads: true,
    // What it answers, tests can't put anything beside. One has it.
    serviceWorkers: 'block',
  },
});
