import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { servePage } from '../../scripts/page.mjs';
import { expect, saveExport, test } from './support/fixtures.js';
import { readMovie } from './support/movie.js';

test.use({ serviceWorkers: 'allow' });

const DIST = fileURLToPath(new URL('../../dist/', import.meta.url));
const TYPES: Record<string, string> = {
  js: 'text/javascript',
  css: 'text/css',
  wasm: 'application/wasm',
  html: 'text/html',
};

/** Serves a build of the page; `title` makes another build of it. Browsers may cache everything for an hour. */
function serveBuild() {
  const served = { title: 'the first build' };
  const server = createServer(async ({ url = '/' }, response) => {
    const name = new URL(url, 'http://localhost').pathname.slice(1) || 'index.html';
    const type = TYPES[name.split('.').at(-1)!] ?? 'text/plain';
    const file = await readFile(DIST + name);
    const text = (from: RegExp, to: string) => file.toString().replace(from, to);
    const body =
      name === 'index.html'
        ? text(/<title>.*<\/title>/, `<title>${served.title}</title>`)
        : name === 'offline.js'
          ? text(/"trackreel-page-"/, `"trackreel-page-${served.title.length}-"`)
          : file;
    response.writeHead(200, { 'content-type': type, 'cache-control': 'max-age=3600' }).end(body);
  });
  return new Promise<{ url: string; served: typeof served; server: Server }>((resolve) => {
    server.listen(0, 'localhost', () =>
      resolve({ url: `http://localhost:${(server.address() as AddressInfo).port}/`, served, server }),
    );
  });
}

// A host may let browsers keep the page itself; the new build's copy was then the old page, whose files were gone.
test('a new build is what opens without a network', async ({ page, context }) => {
  const { url, served, server } = await serveBuild();
  await page.goto(url);
  await page.evaluate(() => navigator.serviceWorker.ready);
  served.title = 'the second build';
  await page.evaluate(async () => {
    const registration = await navigator.serviceWorker.ready;
    await registration.update();
    const { installing } = registration;
    if (installing) await new Promise((resolve) => installing.addEventListener('statechange', resolve));
    if (!registration.waiting) throw new Error('the new build has not waited for this page');
  });
  // The new one waits until no page of the old one is open.
  await page.goto('about:blank');
  server.close();
  server.closeAllConnections();
  const next = await context.newPage();
  await expect.poll(() => next.goto(url).then(() => next.title(), String)).toBe('the second build');
  await expect(next.getByRole('button', { name: 'Record', exact: true })).toBeEnabled();
});

test('after one page load the page opens, records and exports without a network, with either encoder', async ({
  page,
}) => {
  // A separate server, which is then stopped.
  const server = await servePage();
  await page.goto(server.url);
  await page.evaluate(() => navigator.serviceWorker.ready);
  await server.close();
  for (const encoder of ['auto', 'openh264']) {
    await page.goto(`${server.url}?width=640&height=360&encoder=${encoder}`);
    await page.getByRole('button', { name: 'Record', exact: true }).click();
    await page.waitForFunction(() => trackreelDemo.recorder!.progress.duration > 1);
    await page.getByRole('button', { name: 'Stop', exact: true }).click();
    await expect(page.locator('#indicator')).toHaveText('Not recording');
    const download = await saveExport(page);
    const { times, stream } = await readMovie(await readFile(await download.path()));
    expect(times.length).toBeGreaterThan(20);
    expect(stream.profile).toBe(encoder === 'openh264' ? 'Constrained Baseline' : 'High');
  }
});
