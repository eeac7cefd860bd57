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
      lab.locate({ worker: `${at}/worker.js`, openH264Worker: `${at}/openh264-worker.js` });
    }, `${cdn.url}${PKG}`);
    await expectToRecord(page);
  });

  test('only the modules are there', async ({ page }) => {
    await using cdn = await serveFiles(project.folder, () => SHARED);
    await using site = await serveFiles(project.folder);
    await open(page, `${site.url}strict.html`);
    await page.evaluate((at) => {
      lab.locate({ wasm: new URL(`${at}/trackreel_bg.wasm`), openH264Wasm: `${at}/openh264.wasm` });
    }, `${cdn.url}${PKG}`);
    await expectToEncode(page);
    expect(new Set(cdn.asked)).toEqual(new Set([`/${PKG}/trackreel_bg.wasm`, `/${PKG}/openh264.wasm`]));
    expect(site.asked.filter((path) => path.endsWith('.wasm'))).toEqual([]);
  });
});

test('locate() takes addresses and nothing else', async ({ page }) => {
  await using site = await serveFiles(project.folder);
  await open(page, `${site.url}strict.html`);
  const failures = await page.evaluate(async () => {
    const wrong = [
      { wrker: '/worker.js' },
      { wrker: undefined },
      { worker: 5 },
      { worker: '' },
      { wasm: null },
      { wasm: 'http://' },
      { worker: '/not-there.js', wasm: {} },
      null,
    ];
    const failures = [];
    for (const files of wrong) failures.push(await lab.failureOf(() => lab.locate(files as object)));
    return failures;
  });
  const wrong = (message: string) => ({ name: 'OptionError', code: 'invalid-option', message });
  expect(failures).toEqual([
    wrong("no file is called 'wrker', only worker, wasm, openH264Worker, openH264Wasm"),
    wrong("no file is called 'wrker', only worker, wasm, openH264Worker, openH264Wasm"),
    wrong('worker must be the address of a file, not 5'),
    wrong("worker must be the address of a file, not ''"),
    wrong('wasm must be the address of a file, not null'),
    wrong('wasm must be the address of a file, not http://'),
    wrong('wasm must be the address of a file, not [object Object]'),
    wrong('the files must be an object, not null'),
  ]);
  // Nothing of what was refused holds.
  await expectRecording(page, {}, /^avc1\.64/);

  await page.evaluate(() => lab.locate({ worker: '/not-there.js' }));
  expect(await failure(page)).toMatchObject({ code: 'worker-lost' });
  await page.evaluate(() => lab.locate({ wasm: '/not-there.wasm', worker: undefined }));
  expect(await failure(page)).toMatchObject({
    code: 'worker-lost',
    message: expect.stringContaining('not-there.wasm: 404'),
  });
  await page.evaluate(() => lab.locate({ wasm: undefined }));
  await expectRecording(page, {}, /^avc1\.64/);
});
