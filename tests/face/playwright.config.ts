import { defineConfig } from '@playwright/test';
import { CHROMIUM } from '../../scripts/browser.mjs';
import { servePage } from '../../scripts/page.mjs';

// The pages are served by this process and their address handed to the workers, so that any free port will do.
process.env.TRACKREEL_FACE ??= (await servePage(0, 'tests/face/vite.config.ts')).url;

export default defineConfig({
  testDir: '.',
  // A connection and an encoder fill two cores: one test at a time.
  workers: 1,
  timeout: 60_000,
  expect: { timeout: 20_000 },
  forbidOnly: true,
  reporter: [['list']],
  outputDir: '../../test-results/face',
  use: {
    baseURL: process.env.TRACKREEL_FACE,
    launchOptions: CHROMIUM,
    acceptDownloads: true,
  },
});
