// Shared by the tests of uploads: a page that sends to a storage, and the checks of the result.
import type { Page } from '@playwright/test';
import type { Recorder, Reel } from '../../js/index.js';
import type * as Module from '../../js/upload.js';
import type { UploadOptions } from '../../js/upload.js';
import { expect, openLab } from '../e2e/support/fixtures.js';
import { samplesOf } from '../e2e/support/samples.js';

export const STORAGE = process.env.TRACKREEL_STORAGE!;

/** What the page has for these tests. */
export interface Uploads {
  /** Begins to record noise of many bits. */
  record(): Promise<Recorder>;
  /** Records the scene of the page for some seconds. */
  short(): Promise<Reel>;
  /** Sends a reel to an object, as a page's server would have it. Resolves when it is complete. */
  send(reel: Reel | { id: string }, object: string, options?: Partial<UploadOptions>): Promise<void>;
  /** What a page's server would do. */
  server(object: string): UploadOptions;
  /** How many uploads have begun, since the page was loaded. */
  begun: number;
  /** Removes an upload from the storage, as a rule of the bucket does. */
  remove(object: string, id: string): Promise<void>;
  /** What the package has for it. */
  module: typeof Module;
}

declare global {
  var uploads: Uploads;
}

export async function open(page: Page): Promise<void> {
  await openLab(page);
  await arrange(page);
}

/** Puts in the page what the tests use. */
export async function arrange(page: Page): Promise<void> {
  await page.evaluate(async (storage) => {
    const module = '/pkg/upload.js';
    const loaded: typeof Module = await import(module);
    const address = (object: string, query: string) => `${storage}/recordings/${object}?${query}`;
    await fetch(`${storage}/recordings`, { method: 'PUT' });
    globalThis.uploads = {
      begun: 0,
      module: loaded,
      async short() {
        const recorder = new lab.trackreel.Recorder(lab.loopback.stream);
        await recorder.start();
        await lab.reached(recorder, ({ duration }) => duration > 2);
        await recorder.stop();
        return recorder.reel!;
      },
      async remove(object, id) {
        const answer = await fetch(address(object, `uploadId=${id}`), { method: 'DELETE' });
        if (!answer.ok) throw new Error(await answer.text());
      },
      async record() {
        const { track, send } = lab.noise();
        const recorder = new lab.trackreel.Recorder(new MediaStream([track]), {
          bitrate: 10_000_000,
          maxFps: Infinity,
        });
        await recorder.start();
        void (async () => {
          while (track.readyState === 'live') await send();
        })();
        return recorder;
      },
      server: (object) => ({
        async begin() {
          uploads.begun++;
          const answer = await fetch(address(object, 'uploads'), { method: 'POST' });
          return /<UploadId>(.*)<\/UploadId>/.exec(await answer.text())![1]!;
        },
        address: async (id, part) => address(object, `partNumber=${part}&uploadId=${id}`),
        async complete(id, parts) {
          const all = parts.map(
            ({ number, etag }) => `<Part><PartNumber>${number}</PartNumber><ETag>${etag}</ETag></Part>`,
          );
          const body = `<CompleteMultipartUpload>${all.join('')}</CompleteMultipartUpload>`;
          const answer = await fetch(address(object, `uploadId=${id}`), { method: 'POST', body });
          if (!answer.ok) throw Object.assign(new Error(await answer.text()), { status: answer.status });
        },
      }),
      async send(reel, object, options) {
        const of = 'fragments' in reel ? reel : (await lab.trackreel.reels.list()).find(({ id }) => id === reel.id)!;
        await loaded.upload(of, { ...uploads.server(object), ...options });
      },
    };
  }, STORAGE);
}

/** The names of the boxes at the top of a file. */
function boxesOf(bytes: Buffer): string[] {
  const names = [];
  for (let at = 0; at < bytes.length;) {
    const size = bytes.readUInt32BE(at);
    names.push(bytes.toString('latin1', at + 4, at + 8));
    at += size === 1 ? Number(bytes.readBigUInt64BE(at + 8)) : size;
  }
  return names;
}

/** Holds an object to what an export has, and has the page play it from the storage. */
export async function check(
  page: Page,
  object: string,
  exported: string,
  path: (name: string) => string,
): Promise<number> {
  const bytes = Buffer.from(await (await fetch(`${STORAGE}/recordings/${object}`)).arrayBuffer());
  const boxes = boxesOf(bytes);
  expect(boxes.slice(0, 2)).toEqual(['ftyp', 'moov']);
  expect(boxes.at(-1)).toBe('mdat');
  const expected = samplesOf(path('exported.mp4'), Buffer.from(exported, 'base64'));
  expect(samplesOf(path('object.mp4'), bytes)).toEqual(expected);
  const played = await page.evaluate(async (address) => {
    const video = document.createElement('video');
    video.crossOrigin = 'anonymous';
    video.src = address;
    const happens = (what: string) => new Promise((resolve) => video.addEventListener(what, resolve, { once: true }));
    await happens('loadeddata');
    const sought = happens('seeked');
    video.currentTime = video.duration / 2;
    await sought;
    return { error: video.error?.message, duration: video.duration, ready: video.readyState };
  }, `${STORAGE}/recordings/${object}`);
  expect(played).toMatchObject({ error: undefined });
  expect(played.ready).toBeGreaterThanOrEqual(2);
  return bytes.length;
}

export const partsTaken = async (): Promise<number[]> => (await fetch(`${STORAGE}/-/parts`)).json();
