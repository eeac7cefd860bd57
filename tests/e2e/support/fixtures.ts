import { test as base, expect, type ConsoleMessage, type Download, type Page } from '@playwright/test';
import { fileURLToPath } from 'node:url';
import type * as trackreel from '../../../js/index.js';
import type { Loopback } from '../../../www/loopback/index.js';

export { expect };

/** What a test finds in the page it works in. */
export interface Lab {
  trackreel: typeof trackreel;
  loopback: Loopback;
  /** Resolves when the recorder's progress meets a condition, at once if it does already; rejects if the recording fails first. */
  reached(recorder: trackreel.Recorder, condition: (progress: trackreel.Progress) => boolean): Promise<void>;
  /** Resolves when the recording has ended, with the codes of the errors and then the reason. */
  ended(recorder: trackreel.Recorder): Promise<string[]>;
  /** A track of 640×360, 25 frames a second, whose pictures are noise: they take many bits. */
  noise(): Noise;
  /** The bytes of a Blob, as base64, since that is what a test can be handed. */
  base64(blob: Blob): Promise<string>;
}

/** A track to which each frame is sent. */
export interface Noise {
  track: MediaStreamTrack;
  /** Sends the next frame; resolves 40 ms later. */
  send(): Promise<void>;
}

declare global {
  // Set by `openLab`.
  var lab: Lab;
  var trackreelDemo: { readonly loopback: Loopback | undefined; readonly recorder: trackreel.Recorder | undefined };
}

/** The error of a page that wants a service worker; playwright.config.ts has the reason. */
const BLOCKED = 'Service Worker registration blocked by Playwright';

/**
 * Chromium's warning about a frame that it lost itself: one that came to the page while its stream was transferred to a worker.
 * A page that only transfers streams causes none, and a worker's own warnings are no messages of the page.
 */
const LOST_FRAME = /^A VideoFrame was garbage collected without being closed\./;

/** Chromium's error for a worker that a policy forbids, in a test of that. */
const FORBIDDEN =
  /^Creating a worker from 'blob:.* violates the following Content Security Policy directive: "worker-src /;

/** Whether it is the browser's error for a request that a test has refused. */
const isRefusal = (message: ConsoleMessage) => {
  const { origin, pathname } = new URL(message.location().url || 'about:');
  return /^\/(whep|recordings)\//.test(pathname) || origin === process.env.TRACKREEL_STORAGE;
};

/** Every test fails if the page, or a worker of it, logs a warning or an error, or throws. */
export const test = base.extend<{ quiet: void }>({
  quiet: [
    async ({ page }, use) => {
      const output: string[] = [];
      page.on('console', (message) => {
        const text = message.text();
        if (text === BLOCKED || LOST_FRAME.test(text) || FORBIDDEN.test(text) || isRefusal(message)) return;
        if (['error', 'warning', 'assert'].includes(message.type()))
          output.push(`${message.type()}: ${message.text()}`);
      });
      page.on('pageerror', (error) => output.push(String(error)));
      await use();
      expect(output, 'the console').toEqual([]);
    },
    { auto: true },
  ],
});

const PKG = fileURLToPath(new URL('../../../pkg/', import.meta.url));

/**
 * Opens the demo page for its live connection, and puts the package beside it as a page without a bundler imports it.
 *
 * @param address - the connection's parameters, such as `codec=VP9`
 */
export async function openLab(page: Page, address = ''): Promise<void> {
  await page.route('**/pkg/*', (route) =>
    route.fulfill({ path: PKG + new URL(route.request().url()).pathname.slice(5) }),
  );
  // Of a parameter that is given twice, the first counts.
  await page.goto(`/?${address}&width=640&height=360&sound=off&tap=off${withOpenH264() ? '&encoder=openh264' : ''}`);
  await equip(page);
}

/** Whether the test that runs is to use OpenH264, where it leaves that open. */
export function withOpenH264(): boolean {
  return test.info().project.name === 'openh264';
}

/** The same for a page that was opened before, and has been loaded again. */
export async function equip(page: Page): Promise<void> {
  await page.evaluate(
    async (encoder) => {
      const module = '/pkg/index.js';
      const trackreel: Lab['trackreel'] = await import(module);
      class Recorder extends trackreel.Recorder {
        constructor(source: MediaStream, options?: trackreel.RecorderOptions) {
          super(source, { ...(encoder && { encoder }), ...options });
        }
      }
      globalThis.lab = {
        trackreel: { ...trackreel, Recorder },
        get loopback() {
          const { loopback } = trackreelDemo;
          if (!loopback) throw new Error('the page is not connected');
          return loopback;
        },
        reached(recorder, condition) {
          return new Promise((resolve, reject) => {
            const check = () => condition(recorder.progress) && resolve();
            recorder.addEventListener('progress', check);
            recorder.addEventListener('error', ({ detail }) => reject(detail));
            recorder.addEventListener('stop', () => {
              check();
              reject(new Error(`the recording ended at ${JSON.stringify(recorder.progress)}`));
            });
            check();
          });
        },
        ended(recorder) {
          const reported: string[] = [];
          recorder.addEventListener('error', ({ detail }) => reported.push(detail.code));
          return new Promise((resolve) =>
            recorder.addEventListener('stop', ({ detail }) => resolve([...reported, detail.reason])),
          );
        },
        noise() {
          const track = new MediaStreamTrackGenerator({ kind: 'video' });
          const writer = track.writable.getWriter();
          const data = new Uint8Array(640 * 360 * 4);
          let n = 0;
          return {
            track,
            async send() {
              for (let at = 0; at < data.length; at += 65_536) crypto.getRandomValues(data.subarray(at, at + 65_536));
              const size = { codedWidth: 640, codedHeight: 360 };
              await writer.write(new VideoFrame(data, { format: 'RGBX', ...size, timestamp: n++ * 40_000 }));
              await new Promise((resolve) => setTimeout(resolve, 40));
            },
          };
        },
        base64(blob) {
          return new Promise((resolve, reject) => {
            const reader = new FileReader();
            reader.onload = () => resolve((reader.result as string).replace(/^.*,/, ''));
            reader.onerror = () => reject(reader.error);
            reader.readAsDataURL(blob);
          });
        },
      };
    },
    withOpenH264() ? ('openh264' as const) : undefined,
  );
  // The first frame has come through.
  await page.waitForFunction(() => document.querySelector('video')!.videoWidth > 0);
}

/** Exports by the page's own button, and saves the file by its dialog. */
export async function saveExport(page: Page): Promise<Download> {
  await page.getByRole('button', { name: 'Export', exact: true }).click();
  return saveOpen(page);
}

/** Saves what the page's export dialog shows, and closes it. */
export async function saveOpen(page: Page): Promise<Download> {
  const dialog = page.getByRole('dialog', { name: 'Export' });
  await expect(dialog.getByRole('status')).toHaveText('Ready.');
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    dialog.getByRole('button', { name: 'Save', exact: true }).click(),
  ]);
  await expect(dialog.getByRole('status')).toContainText(`Saved ${download.suggestedFilename()}`);
  await dialog.getByRole('button', { name: 'Close' }).click();
  await expect(dialog).toBeHidden();
  return download;
}

/** Has every worker that the page makes from now on run this first. */
export async function patchWorkers(page: Page, patch: () => void): Promise<void> {
  await page.evaluate((code) => {
    const url = (source: string) => URL.createObjectURL(new Blob([source], { type: 'text/javascript' }));
    const patchUrl = url(`(${code})()`);
    globalThis.Worker = class extends Worker {
      constructor(script: string | URL, options?: WorkerOptions) {
        super(url(`import ${JSON.stringify(patchUrl)}; import ${JSON.stringify(String(script))};`), options);
      }
    };
  }, patch.toString());
}
