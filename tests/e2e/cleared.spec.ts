import { createServer } from 'node:http';
import { readFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import type { Page } from '@playwright/test';
import { expect, test } from './support/fixtures.js';
import { readMovie } from './support/movie.js';
import { expectPlayable } from './support/witness.js';
import type * as trackreel from '../../js/index.js';

const TYPES: Record<string, string> = { js: 'text/javascript', wasm: 'application/wasm' };

/** A site of one empty page and the package, which clears its data at `/logout`. */
async function serve() {
  const server = createServer(async (request, response) => {
    const [, folder, name] = request.url!.split('/');
    if (folder === 'logout') return response.writeHead(200, { 'Clear-Site-Data': '"storage"' }).end();
    if (folder !== 'pkg') return response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html>');
    const bytes = await readFile(new URL(`../../pkg/${name}`, import.meta.url));
    response.writeHead(200, { 'content-type': TYPES[name!.split('.').at(-1)!]! }).end(bytes);
  });
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
  return { url: `http://localhost:${(server.address() as AddressInfo).port}/`, server };
}

// After a logout, each recording was ended after two seconds as `worker-lost`, though its worker was well.
test('a page whose site has cleared its data continues to record', async ({ page }) => {
  const { url, server } = await serve();
  await page.goto(url);
  const result = await page.evaluate(async () => {
    await navigator.locks.request('of the page', () => {});
    await fetch('/logout');
    const module = '/pkg/index.js';
    const { Recorder }: typeof trackreel = await import(module);
    const context = document.createElement('canvas').getContext('2d')!;
    const paint = setInterval(() => {
      context.fillStyle = `hsl(${performance.now() / 5}deg 90% 50%)`;
      context.fillRect(0, 0, 300, 150);
    }, 30);
    const recorder = new Recorder(context.canvas.captureStream(30));
    const ended = new Promise((resolve) => recorder.addEventListener('stop', ({ detail }) => resolve(detail.reason)));
    await recorder.start();
    const lasts = new Promise((resolve) =>
      recorder.addEventListener('progress', ({ detail }) => detail.duration > 9 && resolve('recording')),
    );
    const first = await Promise.race([ended, lasts]);
    const isFree = await navigator.locks.request(`trackreel:${recorder.reel!.id}`, { ifAvailable: true }, Boolean);
    await recorder.stop();
    clearInterval(paint);
    return { isFree, first, reason: await ended, size: (await recorder.export()).size > 0 };
  });
  server.close();
  server.closeAllConnections();
  // The page gets a lock that the worker holds, and so it reported the worker as lost.
  expect(result).toEqual({ isFree: true, first: 'recording', reason: 'stopped', size: true });
});

/** What a page or a person may do to a site's data. */
const CLEARS = {
  'the site clears its data': (page) => page.evaluate(() => fetch('/logout')),
  'the user clears the site’s data': async (page) => {
    const session = await page.context().newCDPSession(page);
    await session.send('Storage.clearDataForOrigin', { origin: new URL(page.url()).origin, storageTypes: 'all' });
  },
  'the user deletes the database': async (page) => {
    const session = await page.context().newCDPSession(page);
    await session.send('IndexedDB.enable');
    const securityOrigin = new URL(page.url()).origin;
    await session.send('IndexedDB.deleteDatabase', { securityOrigin, databaseName: 'trackreel' });
  },
  'another script deletes the records': (page) =>
    page.evaluate(async () => {
      const done = (request: IDBRequest) =>
        new Promise(
          (resolve, reject) => ((request.onsuccess = resolve), (request.onerror = () => reject(request.error))),
        );
      const opening = indexedDB.open('trackreel');
      await done(opening);
      const stores = ['reels', 'segments'];
      const transaction = opening.result.transaction(stores, 'readwrite');
      await Promise.all(stores.map((store) => done(transaction.objectStore(store).clear())));
      opening.result.close();
    }),
} satisfies Record<string, (page: Page) => Promise<unknown>>;

// The recording ended, and there was nothing to export, though seconds of it were in memory.
for (const [how, clear] of Object.entries(CLEARS)) {
  test(`when ${how}, a recording continues with what it still has`, async ({ page }) => {
    const { url, server } = await serve();
    await page.goto(url);
    await page.evaluate(async () => {
      const module = '/pkg/index.js';
      const { Recorder }: typeof trackreel = await import(module);
      const context = document.createElement('canvas').getContext('2d')!;
      setInterval(() => {
        context.fillStyle = `hsl(${performance.now() / 5}deg 90% 50%)`;
        context.fillRect(0, 0, 300, 150);
      }, 30);
      const recorder = new Recorder(context.canvas.captureStream(30));
      const errors: string[] = [];
      recorder.addEventListener('error', ({ detail }) => errors.push(`${detail.code}: ${detail.message}`));
      Object.assign(globalThis, { recorder, errors });
      await recorder.start();
      await new Promise<void>((resolve) =>
        recorder.addEventListener('progress', ({ detail }) => detail.duration > 3 && resolve()),
      );
    });
    await clear(page);
    const result = await page.evaluate(async () => {
      const { recorder, errors } = globalThis as unknown as { recorder: trackreel.Recorder; errors: string[] };
      const { received } = recorder.progress;
      // At once, and after a while.
      const early = await recorder.export().then(
        ({ size }) => size > 0,
        (error) => error.code,
      );
      await new Promise<void>((resolve) =>
        recorder.addEventListener('progress', (event) => event.detail.received > received + 60 && resolve()),
      );
      const { state } = recorder;
      await recorder.stop();
      const module = '/pkg/index.js';
      const { reels }: typeof trackreel = await import(module);
      const [reel] = await reels.list();
      const movie = await recorder.export();
      const base64 = (blob: Blob) =>
        new Promise<string>((resolve) => {
          const reader = new FileReader();
          reader.onload = () => resolve((reader.result as string).replace(/^.*,/, ''));
          reader.readAsDataURL(blob);
        });
      const { id, frames, state: kept } = reel!;
      const { progress } = recorder;
      const files = [await base64(movie), await base64(await reel!.export())];
      return { early, state, errors, isSame: id === recorder.reel!.id, frames, kept, progress, files };
    });
    server.close();
    server.closeAllConnections();
    const { early, errors, progress, files } = result;
    expect(result).toMatchObject({ state: 'recording', isSame: true, kept: 'complete', frames: progress.frames });
    expect(errors.length, errors.join()).toBe(1);
    expect(errors[0]).toMatch(/^storage: .* \d+ frames of it are gone$/);
    // All that is in memory is the segment that grows, and there may be none for a moment.
    expect([true, 'nothing-recorded']).toContain(early);
    expect(progress.received).toBeGreaterThan(progress.frames);
    expect(progress.frames).toBeGreaterThan(60);
    expect(files[0]).toBe(files[1]);
    const movie = await readMovie(Buffer.from(files[0]!, 'base64'));
    expectPlayable(movie);
    expect(movie.times.length).toBe(progress.frames);
  });
}

// See SECURITY.md: it can't be prevented, and waits until the end.
test('a script that deletes the database gets it when the recording has ended', async ({ page }) => {
  const { url, server } = await serve();
  await page.goto(url);
  const result = await page.evaluate(async () => {
    const module = '/pkg/index.js';
    const { Recorder }: typeof trackreel = await import(module);
    const context = document.createElement('canvas').getContext('2d')!;
    setInterval(() => {
      context.fillStyle = `hsl(${performance.now() / 5}deg 90% 50%)`;
      context.fillRect(0, 0, 300, 150);
    }, 30);
    const recorder = new Recorder(context.canvas.captureStream(30));
    const errors: string[] = [];
    recorder.addEventListener('error', ({ detail }) => errors.push(detail.code));
    const reached = (time: number) =>
      new Promise<void>((resolve) =>
        recorder.addEventListener('progress', ({ detail }) => detail.duration > time && resolve()),
      );
    await recorder.start();
    await reached(1);
    const deletion = indexedDB.deleteDatabase('trackreel');
    const deleted = new Promise((resolve) => (deletion.onsuccess = resolve));
    await new Promise((resolve) => (deletion.onblocked = resolve));
    await reached(3);
    const movie = await recorder.export();
    await recorder.stop();
    await deleted;
    return { errors, seconds: movie.end };
  });
  server.close();
  server.closeAllConnections();
  expect(result.errors).toEqual([]);
  expect(result.seconds).toBeGreaterThan(3);
});
