import { existsSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Page, Route } from '@playwright/test';
import { expect, test } from '../e2e/support/fixtures.js';
import { readMovie } from '../e2e/support/movie.js';
import { expectPlayable, expectPlayableWebM } from '../e2e/support/witness.js';
import { anchorsOf, blocksOf, documents, markupOf, pages, type Block } from './blocks.js';
import { buildModules, complaints, FOLDER, isProgram, writeModules } from './building.js';

const read = (page: string) => readFileSync(page, 'utf8');
const blocks = pages().flatMap(blocksOf);
const programs = blocks.filter(isProgram);

test.beforeAll(async () => {
  writeModules(programs);
  await buildModules(programs);
});

test('a strict compiler takes every listing', () => {
  expect(complaints()).toBe('');
});

test('the README is short, and its lines fit', () => {
  const lines = read('README.md').split('\n');
  expect(lines.length).toBeLessThanOrEqual(120);
  const isProse = (line: string) => !/^(\||!\[|<!--)/.test(line);
  expect(lines.filter((line) => isProse(line) && [...line].length > 100)).toEqual([]);
});

test('every command there is to type exists', () => {
  const { scripts } = JSON.parse(readFileSync('package.json', 'utf8'));
  const text = documents().map(read).join('\n');
  const names = [...text.matchAll(/(?:^|`)npm (?:run (?:-s )?)?([\w-]+)/gm)].map(([, name]) => name!);
  expect(names.length).toBeGreaterThan(20);
  const known = ['install', 'pack', 'publish', 'version', ...Object.keys(scripts)];
  expect(names.filter((name) => !known.includes(name))).toEqual([]);
});

test('every link within the documentation leads somewhere', () => {
  const links = documents().flatMap((page) =>
    [...read(page).matchAll(/\]\((?!https?:)([^)#]*)(?:#([^)]*))?\)/g)].map(([, path, anchor]) => ({
      at: page,
      to: path ? join(dirname(page), path) : page,
      anchor,
    })),
  );
  expect(links.filter(({ anchor }) => anchor).length).toBeGreaterThan(10);
  const leads = ({ to, anchor }: { to: string; anchor: string | undefined }) =>
    existsSync(to) && (!anchor || anchorsOf(read(to)).includes(anchor));
  expect(links.filter((link) => !leads(link))).toEqual([]);
});

for (const block of programs) {
  test(`${block.at} runs`, async ({ page }) => {
    const downloads: Promise<Buffer>[] = [];
    const messages: string[] = [];
    page.on('console', (message) => messages.push(message.text()));
    // A download that no note names may end with the page.
    if (block.notes.has('downloads'))
      page.on('download', (file) => downloads.push(file.path().then((path) => readFile(path))));
    await open(page);
    await page.evaluate(([needs, name]) => stage.prepare(needs, name), [needsOf(block), workerOf(block)] as const);
    const run = page.evaluate(
      async ([markup, script]) => {
        document.body.insertAdjacentHTML('beforeend', markup);
        await import(script);
      },
      [markupOf(block), `/listings/${block.name}.js`] as const,
    );
    // Some last until the recording ends.
    if (!block.notes.get('then')?.includes('stop')) await run;
    await act(page, block);
    await run;
    if (block.notes.has('downloads')) {
      const [count = '1'] = block.notes.get('downloads')!;
      await expect.poll(() => downloads.length, 'each file is downloaded').toBeGreaterThanOrEqual(Number(count));
      for (const file of downloads) await expectMovie(await file);
    }
    if (block.notes.has('writes')) {
      await expect.poll(() => page.evaluate(() => stage.chosenFile())).not.toBe('');
      await expectMovie(Buffer.from(await page.evaluate(() => stage.chosenFile()), 'base64'));
    }
    if (block.notes.has('sends')) {
      await expectFragmented(await (await page.request.get('/recordings/')).body());
    }
    if (block.notes.has('tus')) {
      await expect.poll(() => messages).toEqual([expect.stringMatching(/^the recording is at .*\/files\//)]);
      await expectFragmented(await (await page.request.get('/files/-/newest')).body());
    }
    if (block.notes.has('uploads')) await expectMovie(await (await page.request.get('/uploads/')).body());
    const [shows] = block.notes.get('shows') ?? [];
    if (shows) await expect(page.locator('body')).toContainText(new RegExp(shows));
  });
}

async function open(page: Page): Promise<void> {
  const from = (folder: string) => (route: Route) =>
    route.fulfill({ path: folder + new URL(route.request().url()).pathname.replace(/^\/\w+/, '') });
  await page.route('**/pkg/*', from('pkg'));
  await page.route('**/listings/*', from(`${FOLDER}/built`));
  await page.goto(`/?peerjs=${process.env['TRACKREEL_PEERJS']}`);
  await page.waitForFunction(() => globalThis.stage);
}

function needsOf({ notes }: Block): string[] {
  return [...(notes.get('needs') ?? []), ...(notes.get('with') ?? []), ...(notes.has('renders') ? ['stream'] : [])];
}

/** The listing of the same page that decrypts in a worker, if there is one. */
function workerOf({ at }: Block): string | undefined {
  const isBeside = (other: Block) => other.at.split(':')[0] === at.split(':')[0];
  return programs.find((other) => isBeside(other) && other.notes.get('needs')?.includes('decrypt'))?.name;
}

/** What happens to the page after a listing has run, in the order of its note: `then call, …, click Save`. */
async function act(page: Page, { notes }: Block): Promise<void> {
  for (const step of notes.get('then') ?? []) {
    const [verb, ...rest] = step.split(' ');
    const what = rest.join(' ');
    if (verb === '…') await page.evaluate(() => stage.later());
    else if (verb === 'stop') await page.evaluate(() => stage.stop());
    else if (verb === 'call') await page.evaluate(() => stage.call());
    else if (verb === 'dial') await page.evaluate((client) => stage.dial(client), what);
    else if (verb === 'record') await page.evaluate(() => stage.record());
    else if (verb === 'fail') await page.evaluate(() => stage.fail());
    else if (verb === 'send') await page.evaluate((message) => stage.send(message), what);
    else if (verb === 'receive') await page.evaluate((message) => stage.receive(message), what);
    else if (verb === 'click') await page.getByRole('button', { name: what, exact: true }).click();
    else throw new Error(`there is no step to ${step}`);
  }
}

async function expectMovie(bytes: Buffer): Promise<void> {
  const movie = await readMovie(bytes);
  const isWebM = bytes.readUInt32BE(0) === 0x1a45dfa3;
  (isWebM ? expectPlayableWebM : expectPlayable)(movie);
  expect(movie.counters).not.toContain(null);
}

/** Expects a file of fragments that plays. */
async function expectFragmented(bytes: Buffer): Promise<void> {
  const movie = await readMovie(bytes);
  const { top } = movie.boxes;
  expect(top).toEqual(['ftyp', 'moov', ...top.slice(2).map((_, n) => (n % 2 ? 'mdat' : 'moof'))]);
  expect(movie.counters.length).toBeGreaterThan(5);
  expect(movie.counters).not.toContain(null);
}
