import type { Page } from '@playwright/test';
import { blocksOf } from '../docs/blocks.js';
import { buildModules, FOLDER, writeModules } from '../docs/building.js';
import { equip, expect, test } from '../e2e/support/fixtures.js';
import { samplesOf } from '../e2e/support/samples.js';
import { withMortal } from './mortal.js';
import { arrange, open } from './storage.js';

declare global {
  /** What the listing takes from its surroundings. */
  var surroundings: Record<string, unknown>;
}

/** The listing of the guide. */
const listing = blocksOf('docs/guide/upload.md').find(({ notes }) => notes.has('tus'))!;
/** Bytes at which the connection hangs: in the middle of fragments. */
const CUTS = [2_345_678, 5_678_901];

test.beforeAll(async () => {
  writeModules([listing]);
  await buildModules([listing]);
});

/** Runs the listing with this reel, as a page does after a reload or a crash. */
async function resume(page: Page, id: string): Promise<void> {
  await arrange(page);
  await page.evaluate(async (id) => {
    const reel = (await lab.trackreel.reels.list()).find((reel) => reel.id === id)!;
    globalThis.surroundings = { recorder: { reel } };
  }, id);
  await run(page);
}

async function run(page: Page): Promise<void> {
  const script = `/listings/${listing.name}.js`;
  await page.route('**/listings/*', (route) => route.fulfill({ path: `${FOLDER}/built/${listing.name}.js` }));
  await page.evaluate((script) => import(script), script);
}

/** Has the server stop at this byte. */
const cutAt = (page: Page, at: number) => page.request.post(`/files/-/cut?at=${at}`);
const state = async (page: Page): Promise<{ uploads: number; hangs: boolean }> =>
  (await page.request.get('/files/-/state')).json();
const hangs = async (page: Page) => (await state(page)).hangs;

/** Begins to record and to send. Gives the reel's id, and how many uploads there were before. */
async function begin(page: Page): Promise<{ id: string; before: number }> {
  await open(page);
  await cutAt(page, CUTS[0]!);
  const before = (await state(page)).uploads;
  const id = await page.evaluate(async () => {
    const recorder = await uploads.record();
    globalThis.surroundings = { recorder };
    return recorder.reel!.id;
  });
  await run(page);
  return { id, before };
}

/** Holds what the server has to the fragments, byte for byte, and to an export, sample by sample. */
async function check(page: Page, id: string, path: (name: string) => string): Promise<void> {
  const sent = await (await page.request.get('/files/-/newest')).body();
  const { whole, exported, offsets } = await page.evaluate(async (id) => {
    const reel = (await lab.trackreel.reels.list()).find((reel) => reel.id === id)!;
    const all = [];
    for await (const { data, offset } of reel.fragments()) all.push({ data, offset });
    const whole = await lab.base64(new Blob(all.map(({ data }) => data)));
    return { whole, exported: await lab.base64(await reel.export()), offsets: all.map(({ offset }) => offset) };
  }, id);
  for (const cut of CUTS) expect(offsets, 'it was cut within a fragment').not.toContain(cut);
  expect(sent.length).toBeGreaterThan(CUTS[1]!);
  expect(sent.equals(Buffer.from(whole, 'base64')), 'the stored bytes are those of the fragments').toBe(true);
  const expected = samplesOf(path('exported.mp4'), Buffer.from(exported, 'base64'));
  expect(samplesOf(path('sent.mp4'), sent)).toEqual(expected);
}

test('what a page sends while it records is cut off within a fragment, and continued after a reload', async ({
  page,
}, info) => {
  const { id, before } = await begin(page);
  for (const next of [CUTS[1]!, Infinity]) {
    await expect.poll(() => hangs(page), { timeout: 60_000 }).toBe(true);
    await page.reload();
    await cutAt(page, next);
    const message = page.waitForEvent('console', (message) => /^the recording is at/.test(message.text()));
    await equip(page);
    await resume(page, id);
    if (next === Infinity) await message;
    else message.catch(() => {});
  }
  await check(page, id, (name) => info.outputPath(name));
  expect((await state(page)).uploads).toBe(before + 1);
  // It is there already.
  const message = page.waitForEvent('console', (message) => /^the recording is at/.test(message.text()));
  await page.reload();
  await equip(page);
  await resume(page, id);
  await message;
  expect((await state(page)).uploads).toBe(before + 1);
});

test('the same where the browser is killed', async ({}, info) => {
  await withMortal(info, async (browser) => {
    let page = await browser.open();
    const { id } = await begin(page);
    for (const next of [CUTS[1]!, Infinity]) {
      await expect.poll(() => hangs(page), { timeout: 60_000 }).toBe(true);
      await browser.kill();
      page = await browser.open();
      await cutAt(page, next);
      const message = page.waitForEvent('console', (message) => /^the recording is at/.test(message.text()));
      await open(page);
      await resume(page, id);
      if (next === Infinity) await message;
      else message.catch(() => {});
    }
    await check(page, id, (name) => info.outputPath(name));
  });
});
