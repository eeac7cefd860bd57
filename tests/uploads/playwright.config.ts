import { defineConfig } from '@playwright/test';
import { CHROMIUM } from '../../scripts/browser.mjs';
import { servePage } from '../../scripts/page.mjs';
import { startPython } from '../../scripts/python.mjs';
import { startTus } from './tus.mjs';

// The page and the storages are served by this process and their addresses handed to the workers, so that any free port will do.
process.env.TRACKREEL_UPLOADS ??= await serve();
process.env.TRACKREEL_STORAGE ??= (await startPython('uploads')).url;

async function serve(): Promise<string> {
  return (await servePage(0, undefined, { '/files': (await startTus()).url })).url;
}

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
  },
});
