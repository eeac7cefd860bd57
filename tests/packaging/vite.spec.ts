import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { Project } from './project.js';
import { expectEntries, expectToRecord, open } from './recording.js';

// Vite writes small files as `data:` addresses into the page's code, which a strict policy refuses.
async function expectWorkletFile(project: Project): Promise<void> {
  const built = await readdir(join(project.folder, 'dist/assets'));
  expect(built.filter((name) => /^sound-worklet.*\.js$/.test(name))).toHaveLength(1);
}

test('Vite: the development server and the built page', async ({ page }) => {
  const project = await Project.install('vite');
  await test.step('vite', async () => {
    await using server = await project.serve('vite', '--port', '0');
    await open(page, server.url);
    await expectToRecord(page);
  });
  await test.step('vite build, and vite preview', async () => {
    await project.run('vite', 'build');
    await using server = await project.serve('vite', 'preview', '--port', '0');
    await open(page, server.url);
    await expectToRecord(page);
    await expectEntries(page);
    await expectWorkletFile(project);
  });
  await test.step('a page that is to ship no OpenH264 ships none', async () => {
    await project.write('entries.js', 'export const entries = {};');
    await project.write(
      'main.js',
      (await project.read('main.js')).replace("'trackreel'", "'trackreel/without-openh264'"),
    );
    await project.run('vite', 'build');
    const built = await readdir(join(project.folder, 'dist/assets'));
    expect(built.filter((name) => name.endsWith('.wasm'))).toEqual([
      expect.stringMatching(/^aac/),
      expect.stringMatching(/^trackreel_bg/),
    ]);
    expect(built.join()).not.toMatch(/openh264-worker/);
  });
});

// Its development server moves imports into another folder, away from the worker.
test('Vite 7: with one line for the development server, and the built page', async ({ page }) => {
  const project = await Project.install('vite-7');
  expect(await readFile('docs/guide/bundlers-and-csp.md', 'utf8'), 'the line').toContain(
    await project.read('vite.config.js'),
  );
  await test.step('vite', async () => {
    await using server = await project.serve('vite', '--port', '0');
    await open(page, server.url);
    await expectToRecord(page);
  });
  await test.step('vite build, and vite preview', async () => {
    await project.run('vite', 'build');
    await using server = await project.serve('vite', 'preview', '--port', '0');
    await open(page, server.url);
    await expectToRecord(page);
    await expectWorkletFile(project);
  });
});
