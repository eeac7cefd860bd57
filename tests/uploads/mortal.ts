import type { Page, TestInfo } from '@playwright/test';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { launchMortal } from '../faults/mortal.mjs';

/** A browser that can be killed, and opened again with what it has stored. */
export interface Mortal {
  open(): Promise<Page>;
  kill(): Promise<void>;
}

/** Has such a browser for as long as `use` takes, started with these options. */
export async function withMortal(
  { project }: TestInfo,
  use: (browser: Mortal) => Promise<void>,
  options: object = {},
): Promise<void> {
  const profile = mkdtempSync(join(tmpdir(), 'trackreel-uploads-'));
  let alive: Awaited<ReturnType<typeof launchMortal>> | undefined;
  try {
    await use({
      async open() {
        alive = await launchMortal(profile, {
          baseURL: project.use.baseURL,
          serviceWorkers: 'block',
          ...options,
        });
        return alive.context.pages()[0] ?? (await alive.context.newPage());
      },
      async kill() {
        await alive?.kill();
        alive = undefined;
      },
    });
  } finally {
    await alive?.context.close();
    rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
  }
}
