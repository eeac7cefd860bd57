import type { Page } from '@playwright/test';
import { expect, openLab, patchWorkers, test } from './support/fixtures.js';
import { begin, finish } from './support/take.js';
import { expectPlayable, Witness } from './support/witness.js';

// The specs that playwright.config.ts lists run with it as well; here is when it is taken, and what if it fails.

const withoutH264 = () => {
  const { isConfigSupported } = VideoEncoder;
  VideoEncoder.isConfigSupported = async (config) =>
    config.codec.startsWith('avc1') ? { config, supported: false } : isConfigSupported(config);
};

/** The module's files that were requested. */
function fetched(page: Page): string[] {
  const files: string[] = [];
  page.on('request', (request) => {
    const file = new URL(request.url()).pathname.split('/').at(-1)!;
    if (file.startsWith('openh264')) files.push(file);
  });
  return files;
}

test('it is taken where the browser has no H.264, and fetched only then', async ({ page }) => {
  const files = fetched(page);
  await openLab(page);
  const witness = await Witness.observe(page);
  const usual = await page.evaluate(() => lab.trackreel.Recorder.support());
  expect([usual.encoder, files]).toEqual(['software', []]);
  await patchWorkers(page, withoutH264);
  await begin(page);
  await page.evaluate(() => take.recordFor(3));
  const { movie, progress } = await finish(page);
  expect(files).toEqual(['openh264-worker.js', 'openh264.wasm']);
  expectPlayable(movie);
  await witness.expectFaithful(movie, progress);
  expect(movie.stream).toMatchObject({
    codec_name: 'h264',
    profile: 'Constrained Baseline',
    is_avc: 'true',
    has_b_frames: 0,
    color_space: 'bt709',
  });
});

test('support() reports it', async ({ page }) => {
  await openLab(page);
  const found = await page.evaluate(async () => {
    const { encoder, codecs, codec } = await lab.trackreel.Recorder.support({ encoder: 'openh264' });
    return { encoder, codecs, codec };
  });
  expect(found).toEqual({ encoder: 'openh264', codecs: ['h264'], codec: 'avc1.42e01f' });
});

test('where it can not be loaded, the next codec is taken, and who asked for it gets an error', async ({ page }) => {
  await openLab(page);
  await page.route('**/pkg/openh264.wasm', (route) => route.fulfill({ status: 404 }));
  await patchWorkers(page, withoutH264);
  const { asked, usual } = await page.evaluate(async () => {
    const { Recorder } = lab.trackreel;
    const asked = new Recorder(lab.loopback.stream, { encoder: 'openh264' });
    return {
      asked: await asked.start().catch(({ code, message }) => `${code}: ${message}`),
      usual: (await Recorder.support()).codec,
    };
  });
  expect(asked).toMatch(
    /^unsupported: this browser can't record: it has no encoder for H.264, VP9 or AV1 at 1280×720; OpenH264: .*could not be loaded: .*404/,
  );
  expect(usual).toMatch(/^vp09/);
});

const crashable = () => {
  globalThis.Worker = class extends Worker {
    constructor(script: string | URL, options?: WorkerOptions) {
      super(script, options);
      if (!String(script).includes('openh264')) return;
      const channel = new BroadcastChannel('crash');
      channel.onmessage = () => {
        channel.close();
        this.terminate();
        this.dispatchEvent(new ErrorEvent('error', { message: 'crashed on purpose', cancelable: true }));
      };
    }
  };
};

// Its worker ran out of memory, and the recording did not end.
for (const [name, patch] of [
  ['the browser’s encoder continues', undefined],
  ['another worker continues where the browser has no H.264', withoutH264],
] as const) {
  test(`if its worker crashes, ${name}`, async ({ page }) => {
    await openLab(page);
    const witness = await Witness.observe(page);
    await page.evaluate(crashable);
    if (patch) await patchWorkers(page, patch);
    await begin(page, { encoder: 'openh264' });
    await page.evaluate(async () => {
      await take.recordFor(1.5);
      new BroadcastChannel('crash').postMessage(null);
      await take.recordFor(2);
    });
    const { movie, progress } = await finish(page);
    expectPlayable(movie);
    await witness.expectFaithful(movie, progress);
    expect(progress.drops.encoder, 'frames in it').toBeLessThan(60);
  });
}

test('a page that is not to ship it imports the package without it', async ({ page }) => {
  const files = fetched(page);
  await openLab(page);
  const refused = await page.evaluate(async () => {
    const module = '/pkg/without-openh264.js';
    const { Recorder }: typeof lab.trackreel = await import(module);
    const recorder = new Recorder(lab.loopback.stream, { encoder: 'openh264' });
    return recorder.start().catch(({ code }) => code);
  });
  expect([refused, files]).toEqual(['unsupported', []]);
});
