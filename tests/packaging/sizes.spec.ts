import { randomBytes } from 'node:crypto';
import { appendFile, cp, mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { run } from './command.js';

/** Checks the build, with some of its files enlarged by this many incompressible bytes. */
async function check(more: Record<string, number>): Promise<string> {
  const folder = await mkdtemp(join(process.env.TRACKREEL_PROJECTS!, 'sizes-'));
  await cp('pkg', folder, { recursive: true });
  for (const [file, bytes] of Object.entries(more)) await appendFile(join(folder, file), randomBytes(bytes));
  const script = `import { checkSizes } from './scripts/sizes.mjs'; await checkSizes(${JSON.stringify(folder)});`;
  return run(process.execPath, ['--input-type=module', '-e', script], '.');
}

test('a download that is larger than its budget fails the build', async () => {
  await check({});
  const failing = check({ 'worker.js': 20_000, 'openh264.wasm': 60_000, 'new.js': 1 });
  await expect(failing).rejects.toThrow(/sizes: a page: \d+ B gzip, \d+ more than the budget/);
  await expect(failing).rejects.toThrow(/sizes: besides, where OpenH264 encodes: \d+ B gzip, \d+ more than the budget/);
  await expect(failing).rejects.toThrow(/sizes: new\.js is in no download/);
});
