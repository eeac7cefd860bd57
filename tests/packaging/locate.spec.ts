import { expect, test } from '@playwright/test';
import { installPlain, PKG } from './plain.js';
import type { Project } from './project.js';
import { expectRecording, expectToEncode, expectToRecord, failure, open } from './recording.js';
import { serveFiles } from './site.js';

let project: Project;

test.beforeAll(async () => {
  project = await installPlain();
});

test.describe('files on another origin', () => {
  const SHARED = { 'access-control-allow-origin': '*' };

  test('the package is imported from there', async ({ page }) => {
    await using cdn = await serveFiles(project.folder, () => SHARED);
    const there = new URL(cdn.url).origin;
    const policy = [
      "default-src 'none'",
      `script-src 'self' ${there} 'wasm-unsafe-eval'`,
      `worker-src blob: ${there}`,
      `connect-src ${there}`,
      'media-src blob:',
    ];
    await using site = await serveFiles(project.folder, () => ({ 'content-security-policy': policy.join('; ') }));
    await page.route(`${site.url}strict.js`, async (route) => {
      const body = (await project.read('strict.js')).replace(`./${PKG}`, `${cdn.url}${PKG}`);
      await route.fulfill({ contentType: 'text/javascript', body });
    });
    await open(page, `${site.url}strict.html`);
    expect(await failure(page)).toEqual({
      name: 'WorkerError',
      code: 'worker-lost',
      message: expect.stringMatching(/origin.*; locate\(\) sets its address$/),
    });
    await page.evaluate((at) => {
      const workers = { openH264Worker: `${at}/openh264-worker.js`, aacWorker: `${at}/aac-worker.js` };
      lab.locate({ worker: `${at}/worker.js`, ...workers });
    }, `${cdn.url}${PKG}`);
    await expectToRecord(page);
  });

  test('only the modules are there', async ({ page }) => {
    await using cdn = await serveFiles(project.folder, () => SHARED);
    await using site = await serveFiles(project.folder);
    await open(page, `${site.url}strict.html`);
    await page.evaluate((at) => {
      const modules = { openH264Wasm: `${at}/openh264.wasm`, aacWasm: `${at}/aac.wasm` };
      lab.locate({ wasm: new URL(`${at}/trackreel_bg.wasm`), ...modules });
    }, `${cdn.url}${PKG}`);
    await expectToEncode(page);
    expect(new Set(cdn.asked)).toEqual(
      new Set(['trackreel_bg', 'openh264', 'aac'].map((name) => `/${PKG}/${name}.wasm`)),
    );
    expect(site.asked.filter((path) => path.endsWith('.wasm'))).toEqual([]);
  });
});

// tests/node/locate.test.ts has what locate() refuses.
test('an address that was refused, or restored, leaves the default', async ({ page }) => {
  await using site = await serveFiles(project.folder);
  await open(page, `${site.url}strict.html`);
  const refused = await page.evaluate(() =>
    lab.failureOf(() => lab.locate({ worker: '/not-there.js', wasm: {} } as object)),
  );
  expect(refused).toEqual({
    name: 'OptionError',
    code: 'invalid-option',
    message: 'wasm must be the address of a file, not [object Object]',
  });
  await expectRecording(page, {}, /^avc1\.64/);

  await page.evaluate(() => lab.locate({ worker: '/not-there.js' }));
  expect(await failure(page)).toMatchObject({
    code: 'worker-lost',
    message: expect.stringContaining('not-there.js: 404'),
  });
  await page.evaluate(() => lab.locate({ wasm: '/not-there.wasm', worker: undefined }));
  expect(await failure(page)).toMatchObject({
    code: 'worker-lost',
    message: expect.stringContaining('not-there.wasm: 404'),
  });
  await page.evaluate(() => lab.locate({ wasm: undefined }));
  await expectRecording(page, {}, /^avc1\.64/);
});
