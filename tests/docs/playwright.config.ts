import { defineConfig } from '@playwright/test';
import { CHROMIUM } from '../../scripts/browser.mjs';
import { servePage } from '../../scripts/page.mjs';
import { startTus } from '../uploads/tus.mjs';
import { startPeerServer } from './peer-server.js';

// The page is served by this process and its address handed to the workers, so that any free port will do.
process.env.TRACKREEL_DOCS ??= await serve();
process.env.TRACKREEL_PEERJS ??= String(await startPeerServer());

async function serve(): Promise<string> {
  const proxy = { '/files': (await startTus()).url };
  return (await servePage(0, 'tests/docs/vite.config.ts', proxy)).url;
}

export default defineConfig({
  testDir: '.',
  // A connection and an encoder fill two cores: one test at a time.
  workers: 1,
  timeout: 30_000,
  expect: { timeout: 15_000 },
  forbidOnly: true,
  reporter: [['list']],
  outputDir: '../../test-results/docs',
  use: {
    baseURL: process.env.TRACKREEL_DOCS,
    launchOptions: CHROMIUM,
    acceptDownloads: true,
  },
});
