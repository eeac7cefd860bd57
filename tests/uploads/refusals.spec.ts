// What a storage, a page's server or a page may do wrong, and what becomes of an upload then.
import type { Page } from '@playwright/test';
import type { UploadOptions, UploadRetry } from '../../js/upload.js';
import { equip, expect, test } from '../e2e/support/fixtures.js';
import { arrange, check, open, partsTaken, STORAGE } from './storage.js';

declare global {
  /** What a test compares of an error. */
  var described: (error: unknown) => Record<string, unknown>;
}

/** What happens to the next parts. */
const fault = (of: string) => fetch(`${STORAGE}/-/faults?of=${of}`, { method: 'POST' });

async function openPage(page: Page): Promise<void> {
  await open(page);
  await page.evaluate(() => {
    globalThis.described = (error) => {
      const { name, code, status, part, message } = error as Error & Record<string, unknown>;
      return { name, code, status, part, message, isOurs: error instanceof lab.trackreel.TrackreelError };
    };
  });
}

/** The reels of which an upload is noted. */
const noted = (page: Page) =>
  page.evaluate(async () => {
    const opening = indexedDB.open('trackreel-uploads');
    await new Promise((resolve) => (opening.onsuccess = resolve));
    const keys = opening.result.transaction('uploads').objectStore('uploads').getAllKeys();
    await new Promise((resolve) => (keys.onsuccess = resolve));
    opening.result.close();
    return keys.result.map((key) => (key as [string, number])[0]);
  });

test('an answer of begin or address that names nothing is refused, and nothing is noted', async ({ page }) => {
  await openPage(page);
  const before = (await partsTaken()).length;
  const failures = await page.evaluate(async () => {
    const reel = await uploads.short();
    const ids = [undefined, '', 7, { UploadId: 'x' }];
    const wrong: Partial<UploadOptions>[] = [
      ...ids.map((id) => ({ begin: async () => id as string })),
      ...['', 5].map((address) => ({ address: async () => address as string })),
    ];
    const failures: unknown[] = [];
    for (const options of wrong) {
      const onRetry = () => void failures.push('another attempt');
      failures.push(await uploads.send(reel, 'named.mp4', { ...options, onRetry }).catch(described));
    }
    await uploads.send(reel, 'named.mp4');
    return failures;
  });
  expect(failures).toEqual(Array(6).fill(expect.objectContaining({ name: 'OptionError', code: 'invalid-option' })));
  expect(failures[0]).toMatchObject({ message: 'what begin gives must be a text that names the upload' });
  expect(failures[4]).toMatchObject({ message: 'what address gives must be a string or a URL' });
  expect(await page.evaluate(() => uploads.begun), 'what has begun continues').toBe(1);
  expect((await partsTaken()).slice(before)).toEqual([1]);
});

for (const when of ['before a part', 'before it is complete']) {
  test(`an upload that the storage has removed ${when} is sent again by itself`, async ({ page }, info) => {
    await openPage(page);
    const exported = await page.evaluate(async (when) => {
      const reel = await uploads.short();
      const { address, complete } = uploads.server('removed.mp4');
      let isRemoved = false;
      const remove = async (id: string) => {
        if (!isRemoved) await uploads.remove('removed.mp4', id);
        isRemoved = true;
      };
      const removing: Partial<UploadOptions> =
        when === 'before a part'
          ? { address: async (id, part) => (await remove(id), address(id, part)) }
          : { complete: async (id, parts) => (await remove(id), complete(id, parts)) };
      await uploads.send(reel, 'removed.mp4', removing);
      return lab.base64(await reel.export());
    }, when);
    expect(await page.evaluate(() => uploads.begun)).toBe(2);
    await check(page, 'removed.mp4', exported, (name) => info.outputPath(name));
  });
}

test('a storage that has no such upload, however often it begins, is an error with its status', async ({ page }) => {
  await openPage(page);
  const failure = await page.evaluate(async (storage) => {
    const address = async () => `${storage}/nowhere/x?partNumber=1&uploadId=x`;
    return uploads.send(await uploads.short(), 'nowhere.mp4', { address }).catch(described);
  }, STORAGE);
  expect(failure).toMatchObject({ name: 'UploadError', code: 'upload', status: 404, part: 1, isOurs: true });
  expect(await page.evaluate(() => uploads.begun)).toBe(2);
});

test('two calls at once, and one after a reload, make one object; a resumed reel makes another', async ({
  page,
}, info) => {
  await openPage(page);
  const before = (await partsTaken()).length;
  const id = await page.evaluate(async () => {
    const reel = await uploads.short();
    await Promise.all([uploads.send(reel, 'once.mp4'), uploads.send(reel, 'once.mp4')]);
    return reel.id;
  });
  expect(await page.evaluate(() => uploads.begun)).toBe(1);
  await page.reload();
  await equip(page);
  await arrange(page);
  const progress = await page.evaluate(async (id) => {
    const progress: unknown[] = [];
    await uploads.send({ id }, 'once.mp4', {
      onProgress: (sent, total) => progress.push([sent > 10_000, sent === total]),
    });
    return progress;
  }, id);
  expect(progress).toEqual([[true, true]]);
  expect(await page.evaluate(() => uploads.begun)).toBe(0);
  expect((await partsTaken()).slice(before)).toEqual([1]);
  const exported = await page.evaluate(async (id) => {
    const { loopback, reached, trackreel } = lab;
    const recorder = new trackreel.Recorder(loopback.stream);
    await recorder.start({ reel: id });
    const { duration: length } = (await trackreel.reels.get(id))!;
    await reached(recorder, ({ duration }) => duration > length + 1);
    await recorder.stop();
    await uploads.send(recorder.reel!, 'twice.mp4');
    await uploads.send(recorder.reel!, 'twice.mp4');
    return lab.base64(await recorder.export());
  }, id);
  expect(await page.evaluate(() => uploads.begun)).toBe(1);
  await check(page, 'twice.mp4', exported, (name) => info.outputPath(name));
});

test('an upload that is forgotten restarts', async ({ page }) => {
  await openPage(page);
  await page.evaluate(async () => {
    const reel = await uploads.short();
    await uploads.send(reel, 'forgotten.mp4');
    await uploads.module.forgetUpload(reel);
    await uploads.send(reel, 'forgotten.mp4');
  });
  expect(await page.evaluate(() => uploads.begun)).toBe(2);
});

test('what a page sends is not cleaned up by another page', async ({ page, context }) => {
  await openPage(page);
  const ids = await page.evaluate(async () => [(await uploads.short()).id, (await uploads.short()).id]);
  await page.reload();
  await equip(page);
  await arrange(page);
  await page.evaluate(async (id) => {
    const begin = async () => Promise.reject(new DOMException('not now', 'AbortError'));
    await uploads.send({ id }, 'kept.mp4', { begin }).catch(() => {});
  }, ids[0]!);
  const other = await context.newPage();
  await open(other);
  const removed = await other.evaluate(async () => {
    const recorder = new lab.trackreel.Recorder(lab.loopback.stream, { recoverFor: 0 });
    const cleaned = new Promise<string[]>((resolve) =>
      recorder.addEventListener('cleanup', ({ detail }) => resolve(detail.removed.map(({ id }) => id))),
    );
    await recorder.start();
    const removed = await cleaned;
    await recorder.stop();
    return removed;
  });
  expect(removed, 'the one that is not sent').toEqual([ids[1]]);
});

test('a reel that becomes a WebM is refused before anything begins', async ({ page }) => {
  await openPage(page);
  const failure = await page.evaluate(async () => {
    const recorder = new lab.trackreel.Recorder(lab.loopback.stream, { container: 'webm' });
    await recorder.start();
    const failure = await uploads.send(recorder.reel!, 'not.mp4').catch(described);
    await recorder.stop();
    return failure;
  });
  expect(failure).toMatchObject({
    name: 'UnsupportedError',
    code: 'unsupported',
    message: 'uploads are of MP4: this reel becomes a WebM',
  });
  expect(await page.evaluate(() => uploads.begun)).toBe(0);
});

test('the note of a failed upload goes after its reel', async ({ page }) => {
  await openPage(page);
  await fault('500');
  const id = await page.evaluate(async () => {
    const reel = await uploads.short();
    await uploads.send(reel, 'failed.mp4', { attempts: 1 }).catch(() => {});
    return reel.id;
  });
  expect(await noted(page)).toEqual([id]);
  const other = await page.evaluate(async (id) => {
    await (await lab.trackreel.reels.get(id))!.delete();
    const reel = await uploads.short();
    await uploads.send(reel, 'other.mp4');
    return reel.id;
  }, id);
  expect(await noted(page)).toEqual([other]);
});

test('begin and complete are called again where they reject, unless the page has marked the error', async ({
  page,
}, info) => {
  await openPage(page);
  const { exported, retries, marked } = await page.evaluate(async () => {
    const reel = await uploads.short();
    const marked = [];
    for (const error of [
      new DOMException('enough', 'AbortError'),
      new lab.trackreel.OptionError('invalid-option', 'no'),
    ]) {
      let calls = 0;
      const begin = async () => (calls++, Promise.reject(error));
      marked.push(await uploads.send(reel, 'again.mp4', { begin }).catch((failure) => [failure === error, calls]));
    }
    const { begin, complete } = uploads.server('again.mp4');
    const retries: Omit<UploadRetry, 'cause'>[] = [];
    let [begins, completes] = [0, 0];
    await uploads.send(reel, 'again.mp4', {
      begin: async () => (begins++ ? begin() : Promise.reject(new TypeError('Failed to fetch'))),
      complete: async (id, parts) => {
        if (!completes++) throw Object.assign(new Error('the server starts'), { status: 503 });
        await complete(id, parts);
      },
      onRetry: ({ cause, ...retry }) => void (cause instanceof Error && retries.push(retry)),
    });
    return { exported: await lab.base64(await reel.export()), retries, marked };
  });
  expect(marked).toEqual([
    [true, 1],
    [true, 1],
  ]);
  expect(retries).toEqual([
    { attempt: 1, part: undefined, status: undefined, wait: 500 },
    { attempt: 1, part: undefined, status: 503, wait: 500 },
  ]);
  await check(page, 'again.mp4', exported, (name) => info.outputPath(name));
});

test('what does not get better is tried once more, with another address; what may, with pauses', async ({ page }) => {
  await openPage(page);
  const send = () =>
    page.evaluate(async () => {
      const { address } = uploads.server('refused.mp4');
      const [reel] = await lab.trackreel.reels.list();
      const retries: unknown[] = [];
      let addresses = 0;
      const failure = await uploads
        .send(reel!, 'refused.mp4', {
          address: async (id, part) => (addresses++, address(id, part)),
          onRetry: ({ status, attempt, wait }) => void retries.push([status, attempt, wait]),
          attempts: 4,
        })
        .catch(described);
      await uploads.module.forgetUpload(reel!);
      return { failure, addresses, retries };
    });
  await page.evaluate(async () => void (await uploads.short()));
  await fault('403,403');
  expect(await send()).toEqual({
    failure: expect.objectContaining({ name: 'UploadError', code: 'upload', status: 403, part: 1, isOurs: true }),
    addresses: 2,
    retries: [[403, 1, 0]],
  });
  await fault('403');
  expect(await send(), 'an address that has expired').toEqual({
    failure: undefined,
    addresses: 2,
    retries: [[403, 1, 0]],
  });
  await fault('503,slow,429');
  const waits = [
    [503, 1, 500],
    [408, 2, 1000],
    [429, 3, 2000],
  ];
  expect(await send()).toEqual({ failure: undefined, addresses: 4, retries: waits });
  await fault('hidden');
  const { failure, ...rest } = await send();
  expect(failure).toMatchObject({ name: 'UploadError', status: 200, message: expect.stringContaining('ETag') });
  expect(rest).toEqual({ addresses: 1, retries: [] });
});

test('a part that is never answered is sent again', async ({ page }) => {
  await openPage(page);
  const id = await page.evaluate(async () => (await uploads.short()).id);
  await fault('hang');
  await page.clock.install();
  const hangs = page.waitForRequest((request) => request.method() === 'PUT');
  const sending = page.evaluate(async (id) => {
    const causes: string[] = [];
    await uploads.send({ id }, 'hung.mp4', { onRetry: ({ cause, wait }) => void causes.push(`${cause}, ${wait}`) });
    return causes;
  }, id);
  await hangs;
  await page.clock.fastForward('10:00');
  expect(await sending).toEqual([expect.stringMatching(/no answer in \d+ s, 500$/)]);
  await fetch(`${STORAGE}/-/release`, { method: 'POST' });
});

for (const what of ['begin', 'address', 'complete'] as const)
  test(`an upload whose ${what} never settles ends when it is aborted, and another call continues`, async ({
    page,
  }, info) => {
    await openPage(page);
    const { reason, exported } = await page.evaluate(async (what) => {
      const reel = await uploads.short();
      const ending = new AbortController();
      const never = () => {
        setTimeout(() => ending.abort(new Error('the user has left')));
        return new Promise<never>(() => {});
      };
      const failure = await uploads
        .send(reel, `never-${what}.mp4`, { [what]: never, signal: ending.signal })
        .catch((error: Error) => error);
      await uploads.send(reel, `never-${what}.mp4`);
      return { reason: (failure as Error).message, exported: await lab.base64(await reel.export()) };
    }, what);
    expect(reason).toBe('the user has left');
    await check(page, `never-${what}.mp4`, exported, (name) => info.outputPath(name));
  });

test('options that are none are refused, and a listener that throws ends nothing', async ({ page }) => {
  await openPage(page);
  const { messages, thrown } = await page.evaluate(async () => {
    const reel = await uploads.short();
    const wrong: [unknown, object][] = [
      [new lab.trackreel.Recorder(lab.loopback.stream), {}],
      [undefined, {}],
      [reel, { onprogress: () => {} }],
      [reel, { onProgress: 'sent' }],
      [reel, { onRetry: null }],
      [reel, { signal: {} }],
      [reel, { partSize: 0.5 }],
      [reel, { attempts: 0 }],
      [reel, { begin: undefined }],
    ];
    const messages = [];
    for (const [of, options] of wrong) {
      const all = { ...uploads.server('wrong.mp4'), ...options };
      messages.push(await uploads.module.upload(of as typeof reel, all).catch(described));
    }
    messages.push(
      await uploads.module.forgetUpload(new lab.trackreel.Recorder(lab.loopback.stream) as never).catch(described),
    );
    const thrown: string[] = [];
    addEventListener('error', (event) => {
      thrown.push(event.message);
      event.preventDefault();
    });
    await uploads.send(reel, 'thrown.mp4', {
      onProgress: () => {
        throw new Error('a mistake of the page');
      },
    });
    return { messages: messages.map((error) => (error as Record<string, unknown>)['message']), thrown };
  });
  const names = 'begin, address, complete, onProgress, onRetry, partSize, attempts, signal';
  expect(messages).toEqual([
    'reel must be a reel, such as recorder.reel, and no recorder',
    'reel must be a reel, such as recorder.reel, and no recorder',
    `option onprogress must be one of ${names}`,
    'onProgress must be a function',
    'onRetry must be a function',
    'signal must be an AbortSignal',
    'partSize must be a whole number from 1',
    'attempts must be a whole number from 1',
    'begin must be a function',
    'reel must be a reel, such as recorder.reel, and no recorder',
  ]);
  expect(thrown.length).toBeGreaterThan(1);
  expect(new Set(thrown)).toEqual(new Set(['Uncaught Error: a mistake of the page']));
});
