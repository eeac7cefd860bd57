import { readFile } from 'node:fs/promises';
import AxeBuilder from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { expect, saveOpen, test } from './support/fixtures.js';
import { readMovie } from './support/movie.js';

const press = (page: Page, name: string) => page.getByRole('button', { name, exact: true }).click();

test.beforeEach(async ({ page }) => {
  await page.goto('/?width=640&height=360');
  await press(page, 'Record');
});

const reach = (page: Page, seconds: number) =>
  page.waitForFunction((time) => trackreelDemo.recorder!.progress.duration > time, seconds);

test('it shows the file that it makes, plays it, and saves it under the name that is asked for', async ({ page }) => {
  await reach(page, 2);
  await press(page, 'Export');
  const dialog = page.getByRole('dialog', { name: 'Export' });
  await expect(dialog.getByRole('status')).toHaveText('Ready.');
  await expect(dialog.getByRole('progressbar')).toHaveAttribute('value', '1');
  await expect(dialog.getByRole('button', { name: 'Save', exact: true })).toBeFocused();
  await expect(dialog.locator('#export-size')).toHaveText(/^\d+ kB$/);
  await expect(dialog.locator('#export-picture')).toHaveText('640 × 360 H.264');
  const preview = dialog.getByLabel('Preview of the file');
  const length = await preview.evaluate((video: HTMLVideoElement) => video.duration);
  await expect(dialog.locator('#export-length')).toHaveText(/^00:\d\d\.\d$/);
  const shown = await dialog.locator('#export-length').textContent();
  expect(Number(shown!.slice(3))).toBeCloseTo(length, 0);
  const played = await preview.evaluate(async (video: HTMLVideoElement) => {
    await video.play();
    await new Promise((resolve) => (video.onended = resolve));
    return video.currentTime;
  });
  expect(played).toBeCloseTo(length, 1);
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    const { violations } = await new AxeBuilder({ page }).analyze();
    expect(violations.map(({ id, nodes }) => ({ id, nodes: nodes.map(({ html }) => html) }))).toEqual([]);
  }
  await dialog.getByLabel('File name').fill('my holidays');
  const download = await saveOpen(page);
  expect(download.suggestedFilename()).toBe('my holidays.mp4');
  await expect(page.locator('#status')).toContainText('Saved my holidays.mp4');
  const { stream, counters } = await readMovie(await readFile(await download.path()));
  expect(Number(stream.duration), 'frames that came during the preview are in it').toBeGreaterThan(length + 1.5);
  expect(counters).not.toContain(null);
});

test('the end alone can be saved', async ({ page }) => {
  await page.evaluate(() =>
    document.querySelector<HTMLOptionElement>('#export-part option:nth-child(2)')!.setAttribute('value', '1s'),
  );
  await reach(page, 5);
  await press(page, 'Export');
  const dialog = page.getByRole('dialog', { name: 'Export' });
  await dialog.getByLabel('Part to export').selectOption('The last 30 seconds');
  await expect(dialog.locator('#export-length')).toHaveText(/^00:0[123]\.\d$/);
  const download = await saveOpen(page);
  const { stream } = await readMovie(await readFile(await download.path()));
  expect(Number(stream.duration)).toBeLessThan(4);
});

// A reel that was only opened is not saved: the next start must not remove it.
test('a reel that was opened, and not saved, stays', async ({ page }) => {
  await reach(page, 2);
  await press(page, 'Stop');
  await expect(page.locator('#indicator')).toHaveText('Not recording');
  const open = page.getByRole('button', { name: /^Open the reel/ });
  const saveAndRecordInNextSession = async (save: boolean) => {
    await page.reload();
    await open.first().click();
    const dialog = page.getByRole('dialog', { name: 'Export' });
    await expect(dialog.getByRole('status')).toHaveText('Ready.');
    if (save) await saveOpen(page);
    else await page.keyboard.press('Escape');
    await expect(dialog).toBeHidden();
    await page.reload();
    await press(page, 'Record');
    await reach(page, 1);
    await press(page, 'Stop');
    await expect(page.locator('#indicator')).toHaveText('Not recording');
  };
  await saveAndRecordInNextSession(false);
  await expect(page.locator('#reels > li')).toHaveCount(2);
  await saveAndRecordInNextSession(true);
  await expect(page.locator('#reels > li'), 'the saved one is gone, and another is there').toHaveCount(2);
});

test('a file that can not be made is reported in the dialog, which goes away', async ({ page }) => {
  await reach(page, 1);
  await press(page, 'Stop');
  await expect(page.locator('#indicator')).toHaveText('Not recording');
  const id = await page.evaluate(() => trackreelDemo.recorder!.reel!.id);
  // As another tab does.
  const other = await page.context().newPage();
  await other.goto('/?width=640&height=360');
  const remove = other.locator(`[data-reel="${id}"]`).getByRole('button', { name: /^Delete/ });
  await remove.click();
  await remove.click();
  await expect(other.locator('#reels > li')).toHaveCount(0);
  await other.close();
  await press(page, 'Export');
  const dialog = page.getByRole('dialog', { name: 'Export' });
  await expect(dialog.getByRole('status')).toContainText('This reel is gone');
  await expect(dialog.getByRole('button', { name: 'Save', exact: true })).toBeDisabled();
  await page.keyboard.press('Escape');
  await expect(dialog).toBeHidden();
});

test('a file goes where the user chooses', async ({ page }) => {
  await reach(page, 2);
  // A file of the page's own takes the place of one that the user would choose, which no test can.
  await page.evaluate(() => {
    Object.assign(globalThis, {
      showSaveFilePicker: async ({ suggestedName }: { suggestedName: string }) =>
        (await navigator.storage.getDirectory()).getFileHandle(suggestedName, { create: true }),
    });
  });
  await press(page, 'Export');
  const dialog = page.getByRole('dialog', { name: 'Export' });
  await expect(dialog.getByRole('status')).toHaveText('Ready.');
  await dialog.getByLabel('File name').fill('chosen.mp4');
  await dialog.getByRole('button', { name: 'Save in a folder…' }).click();
  await expect(dialog.getByRole('status')).toContainText('Saved chosen.mp4');
  const base64 = await page.evaluate(async () => {
    const file = await (await (await navigator.storage.getDirectory()).getFileHandle('chosen.mp4')).getFile();
    return new Promise<string>((resolve) => {
      const reader = new FileReader();
      reader.onload = () => resolve((reader.result as string).replace(/^.*,/, ''));
      reader.readAsDataURL(file);
    });
  });
  const { times } = await readMovie(Buffer.from(base64, 'base64'));
  expect(times.length).toBeGreaterThan(50);
});

// Nothing was saved, and the next start would have removed the reel.
test('a file that could not be written leaves the reel where it is', async ({ page }) => {
  await reach(page, 1);
  await press(page, 'Stop');
  await expect(page.locator('#indicator')).toHaveText('Not recording');
  await page.reload();
  await page.evaluate(() => {
    const full = new WritableStream({ write: () => Promise.reject(new DOMException('no room', 'QuotaExceededError')) });
    const file = { name: 'full.mp4', createWritable: async () => full };
    Object.assign(globalThis, { showSaveFilePicker: async () => file });
  });
  await page.getByRole('button', { name: /^Open the reel/ }).click();
  const dialog = page.getByRole('dialog', { name: 'Export' });
  await expect(dialog.getByRole('status')).toHaveText('Ready.');
  await dialog.getByRole('button', { name: 'Save in a folder…' }).click();
  await expect(dialog.getByRole('status')).toContainText('no room');
  await expect(dialog.getByRole('button', { name: 'Save', exact: true })).toBeEnabled();
  await dialog.getByRole('button', { name: 'Close' }).click();
  await page.reload();
  await press(page, 'Record');
  await reach(page, 1);
  await expect(page.locator('#reels > li')).toHaveCount(2);
});
