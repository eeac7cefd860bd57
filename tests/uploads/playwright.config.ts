import { defineConfig } from '@playwright/test';
import { CHROMIUM } from '../../scripts/browser.mjs';
import { servePage } from '../../scripts/page.mjs';
import { startPython } from '../../scripts/python.mjs';

// The page and the storage are served by this process and their addresses handed to the workers, so that any free port will do.
process.env.TRACKREEL_UPLOADS ??= (await servePage(0)).url;
process.env.TRACKREEL_STORAGE ??= (await startPython('uploads')).url;

export default defineConfig({
  testDir: '.',
  workers: 1,
  timeout: 120_000,
  forbidOnly: true,
  reporter: [['list']],
  outputDir: '../../test-results/uploads',
  use: {
    baseURL: process.env.TRACKREEL_UPLOADS,
    launchOptions: CHROMIUM,
    // They would answer in the place of the page's server.
    serviceWorkers: 'block',
    trace: 'retain-on-failure',
  },
});
