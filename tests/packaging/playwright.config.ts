import { defineConfig } from '@playwright/test';
import { CHROMIUM } from '../../scripts/browser.mjs';

export default defineConfig({
  testDir: '.',
  globalSetup: './pack.ts',
  // While one project is being built, another one records.
  workers: 2,
  // Building a page may take a minute where others build too.
  timeout: 240_000,
  expect: { timeout: 30_000 },
  forbidOnly: true,
  reporter: [['list']],
  outputDir: '../../test-results/packaging',
  use: { launchOptions: CHROMIUM },
});
