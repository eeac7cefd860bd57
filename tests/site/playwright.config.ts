import { defineConfig } from '@playwright/test';
import { CHROMIUM } from '../../scripts/browser.mjs';
import { servePage } from '../../scripts/page.mjs';

// The site is served by this process and its address handed to the workers, so that any free port will do.
process.env.TRACKREEL_SITE ??= `${(await servePage(0, 'tests/site/vite.config.ts')).url}documents/trackreel/`;

export default defineConfig({
  testDir: '.',
  // A connection and an encoder fill two cores: one test at a time.
  workers: 1,
  timeout: 120_000,
  expect: { timeout: 30_000 },
  forbidOnly: true,
  reporter: [['list']],
  outputDir: '../../test-results/site',
  use: { baseURL: process.env.TRACKREEL_SITE, launchOptions: CHROMIUM },
});
