import { readFile } from 'node:fs/promises';
import { expect, test, type Page } from '@playwright/test';
import { installPlain, PKG } from './plain.js';
import type { Project } from './project.js';
import { expectToEncode, expectToRecord, failure, open } from './recording.js';
import { serveFiles } from './site.js';

let project: Project;

test.beforeAll(async () => {
  project = await installPlain();
});

/** What a page with a strict policy has to allow: docs/guide/bundlers-and-csp.md. */
const STRICT = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "worker-src 'self'",
  "connect-src 'self'",
  'media-src blob:',
];

/** Serves the page, and each of its files, with a policy. */
function serveWith(policy: string[], more: Record<string, string> = {}) {
  return serveFiles(project.folder, () => ({ 'content-security-policy': policy.join('; '), ...more }));
}

test('it is the one in the guide', async () => {
  expect(await readFile('docs/guide/bundlers-and-csp.md', 'utf8')).toContain(
    `Content-Security-Policy: ${STRICT.join('; ')}\n`,
  );
});

test('a strict policy, of an isolated page', async ({ page }) => {
  await using site = await serveWith(STRICT, {
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-embedder-policy': 'require-corp',
  });
  await open(page, `${site.url}strict.html`);
  expect(await page.evaluate(() => crossOriginIsolated)).toBe(true);
  await expectToRecord(page);
});

test('a policy of its own for the page, and for the workers', async ({ page }) => {
  await using site = await serveFiles(project.folder, (path) => {
    const isWorker = path.endsWith('worker.js');
    const policy = isWorker
      ? ["default-src 'none'", "script-src 'wasm-unsafe-eval'", "connect-src 'self'"]
      : ["default-src 'none'", "script-src 'self'", "worker-src 'self'", 'media-src blob:'];
    return { 'content-security-policy': policy.join('; ') };
  });
  await open(page, `${site.url}strict.html`);
  await expectToRecord(page);
});

test.describe('Trusted Types', () => {
  const TRUSTED = [...STRICT, "require-trusted-types-for 'script'", 'trusted-types app default'];

  test('without a policy, the worker is refused', async ({ page }) => {
    await using site = await serveWith(TRUSTED);
    await open(page, `${site.url}strict.html`);
    expect(await failure(page)).toEqual({
      name: 'WorkerError',
      code: 'worker-lost',
      message: expect.stringMatching(/TrustedScriptURL.*; locate\(\) sets its address/),
    });
  });

  test('a policy of the page makes the addresses', async ({ page }) => {
    await using site = await serveWith(TRUSTED);
    await open(page, `${site.url}strict.html`);
    await page.evaluate((pkg) => {
      const policy = trustedTypes.createPolicy('app', { createScriptURL: (url) => url });
      const at = (file: string) => policy.createScriptURL(`/${pkg}/${file}`);
      const workers = { openH264Worker: at('openh264-worker.js'), aacWorker: at('aac-worker.js') };
      lab.locate({ worker: at('worker.js'), wasm: at('trackreel_bg.wasm'), ...workers });
    }, PKG);
    await expectToEncode(page);
  });

  test('a default policy lets them through', async ({ page }) => {
    await using site = await serveWith(TRUSTED);
    await open(page, `${site.url}strict.html`);
    await page.evaluate(() => {
      const isWorker = (url: string) => new URL(url).origin === location.origin && /worker\.js$/.test(url);
      trustedTypes.createPolicy('default', { createScriptURL: (url) => (isWorker(url) ? url : null) });
    });
    await expectToEncode(page);
  });
});

test.describe('a policy that allows too little is reported, and nothing hangs', () => {
  const without = (name: string, instead: string) => STRICT.map((part) => (part.startsWith(name) ? instead : part));

  /** What fails, and how, whatever is asked of the package first. */
  async function expectLost(page: Page, policy: string[], reason: RegExp) {
    await using site = await serveWith(policy);
    await open(page, `${site.url}strict.html`);
    const { supported, ...failures } = await page.evaluate(async () => {
      const { supported, reason } = await lab.Recorder.support();
      const rejectWith = (error: unknown) => lab.failureOf(() => Promise.reject(error));
      return {
        supported,
        support: await rejectWith(reason),
        record: await lab.failureOf(() => lab.record()),
        list: await lab.failureOf(() => lab.reels.list()),
      };
    });
    expect(supported).toBe(false);
    const lost = { name: 'WorkerError', code: 'worker-lost', message: expect.stringMatching(reason) };
    expect(failures).toEqual({ support: lost, record: lost, list: lost });
  }

  test("no 'wasm-unsafe-eval'", ({ page }) =>
    expectLost(
      page,
      without('script-src', "script-src 'self'"),
      /^the recording worker failed: .*WebAssembly.*policy/,
    ));

  test('no workers', ({ page }) =>
    expectLost(
      page,
      without('worker-src', "worker-src 'none'"),
      /^the recording worker failed: it could not be loaded, /,
    ));

  test('no connections', ({ page }) =>
    expectLost(page, without('connect-src', "connect-src 'none'"), /^the recording worker failed: .*fetch/));

  test("no 'wasm-unsafe-eval' for OpenH264", async ({ page }) => {
    await using site = await serveFiles(project.folder, (path) => ({
      'content-security-policy': (path.includes('openh264') ? without('script-src', "script-src 'self'") : STRICT).join(
        '; ',
      ),
    }));
    await open(page, `${site.url}strict.html`);
    expect(await failure(page, { encoder: 'openh264' })).toEqual({
      name: 'UnsupportedError',
      code: 'unsupported',
      message: expect.stringMatching(/OpenH264: .*could not be loaded: .*WebAssembly.*policy/),
    });
  });
});
