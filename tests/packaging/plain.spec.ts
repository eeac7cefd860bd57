import { expect, test } from '@playwright/test';
import { installPlain, PKG } from './plain.js';
import type { Project } from './project.js';
import { expectRecording, expectToRecord, open } from './recording.js';
import { serveFiles } from './site.js';

let project: Project;

test.beforeAll(async () => {
  project = await installPlain();
});

test('a page without a bundler, with an import map', async ({ page }) => {
  await using site = await serveFiles(project.folder);
  await open(page, site.url);
  await expectToRecord(page);
});

test('on a server, every entry can be imported and does nothing', async () => {
  for (const name of await project.entries()) {
    const output = await project.run('node', '--input-type=module', '-e', `import(${JSON.stringify(name)})`);
    expect(output).toBe('');
  }
  const located =
    "import { locate } from 'trackreel'; locate({ worker: '/worker.js', wasm: 'https://example.org/a.wasm' })";
  await project.run('node', '--input-type=module', '-e', located);
});

test('nothing leaves the page, and nothing is left but the reel, and the name of a file', async ({ page, context }) => {
  const asked: string[] = [];
  context.on('request', (request) => asked.push(request.url()));
  const left = () =>
    page.evaluate(async () => ({
      databases: (await indexedDB.databases()).map(({ name }) => name),
      caches: await caches.keys(),
      local: Object.keys(localStorage),
      session: Object.keys(sessionStorage),
    }));
  await using site = await serveFiles(project.folder);
  await open(page, `${site.url}strict.html`);
  expect((await left()).local).toEqual([]);
  await expectRecording(page, {}, /^avc1\.64/);

  const [file] = await Promise.all([
    page.waitForEvent('download'),
    page.evaluate(async () => {
      const [reel] = await lab.reels.list();
      lab.download(await reel!.export());
    }),
  ]);
  expect(file.suggestedFilename()).toMatch(/^recording-\S+\.mp4$/);
  const name = 'trackreel.fileNames';
  expect(await left()).toEqual({ databases: ['trackreel'], caches: [], local: [name], session: [] });
  expect(await context.cookies()).toEqual([]);
  expect(asked.filter((url) => !url.startsWith(site.url) && !url.startsWith('blob:'))).toEqual([]);
  expect([...new Set(site.asked)].toSorted()).toEqual(
    [
      '/entries.js',
      `/${PKG}/index.js`,
      `/${PKG}/trackreel_bg.wasm`,
      `/${PKG}/worker.js`,
      '/record.js',
      '/strict.html',
      '/strict.js',
    ].toSorted(),
  );
});
