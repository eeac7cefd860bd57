import { createServer } from 'node:http';
import { readFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { expect, test } from './support/fixtures.js';
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
test('a page whose site has cleared its data records on', async ({ page }) => {
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
      recorder.addEventListener('progress', ({ detail }) => detail.time > 9 && resolve('recording')),
    );
    const first = await Promise.race([ended, lasts]);
    const isFree = await navigator.locks.request(`trackreel:${recorder.reel!.id}`, { ifAvailable: true }, Boolean);
    await recorder.stop();
    clearInterval(paint);
    return { isFree, first, reason: await ended, size: (await recorder.export()).size > 0 };
  });
  server.close();
  server.closeAllConnections();
  // The page gets a lock that the worker holds: that is what misled it.
  expect(result).toEqual({ isFree: true, first: 'recording', reason: 'stopped', size: true });
});
