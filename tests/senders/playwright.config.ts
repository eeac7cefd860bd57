import { defineConfig } from '@playwright/test';
import { CHROMIUM } from '../../scripts/browser.mjs';
import { servePage } from '../../scripts/page.mjs';
import { startSender } from '../../scripts/senders.mjs';

// The page and the sender are served by this process and their addresses handed to the workers, so that any free port will do.
process.env.TRACKREEL_SENDERS ??= (await servePage(0, 'tests/senders/vite.config.ts')).url;
process.env.TRACKREEL_SENDER ??= (await startSender()).url;

export default defineConfig({
  testDir: '.',
  // A sender, a decoder and an encoder fill two cores: one test at a time.
  workers: 1,
  timeout: 120_000,
  forbidOnly: true,
  reporter: [['list']],
  outputDir: '../../test-results/senders',
  use: {
    baseURL: process.env.TRACKREEL_SENDERS,
    launchOptions: CHROMIUM,
  },
});
