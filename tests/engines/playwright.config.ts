import { defineConfig } from '@playwright/test';
import { servePage } from '../../scripts/page.mjs';
import { findEngines } from '../../scripts/setup.mjs';
import type { EngineName } from './engine.js';
import type { EngineOptions } from './fixtures.js';

// The page is served by this process and its address handed to the workers, so that any free port will do.
process.env.TRACKREEL_ENGINES ??= (await servePage(0, 'tests/engines/vite.config.ts')).url;

/** What Chromium does in a whole run, where tests/e2e has it as well. `npm test -- engines` runs all. */
const OF_E2E = /(export|freeze|main-job|memory|pause|playback|recovery|replace|sound|stored)\.spec/;
const isWhole = process.env.TRACKREEL_WHOLE === 'true';

const there = findEngines().filter(({ missing }) => missing.length === 0);

export default defineConfig<object, EngineOptions>({
  testDir: '.',
  // A connection and an encoder fill two cores: one test at a time.
  workers: 1,
  timeout: 180_000,
  expect: { timeout: 30_000 },
  forbidOnly: true,
  reporter: [['list'], ['./report.ts']],
  outputDir: '../../test-results/engines',
  projects: there.map(({ name }) => ({
    name,
    use: { engineName: name as EngineName },
    ...(isWhole && name === 'chromium' && { testIgnore: OF_E2E }),
  })),
});
