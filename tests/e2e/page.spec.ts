import AxeBuilder from '@axe-core/playwright';
import { readFile } from 'node:fs/promises';
import { expect, saveExport, saveOpen, test } from './support/fixtures.js';
import { readMovie } from './support/movie.js';

test.beforeEach(async ({ page }) => {
  await page.goto('/?width=640&height=360');
  await expect(page.getByRole('button', { name: 'Record', exact: true })).toBeEnabled();
});

test('a person records, pauses, exports while recording, stops, and finds the reel again', async ({ page }) => {
  const press = (name: string) => page.getByRole('button', { name, exact: true }).click();
  const frames = async () => Number((await page.locator('#frames').textContent())!.replace(/\D/g, ''));
  await press('Record');
  await expect(page.locator('#indicator')).toHaveText('Recording');
  await expect.poll(frames).toBeGreaterThan(60);
  await press('Pause');
  await expect(page.locator('#indicator')).toHaveText('Paused');
  await press('Resume');
  const early = await saveExport(page);
  await expect(page.locator('#status')).toContainText(`Saved ${early.suggestedFilename()}`);
  await press('Stop');
  await expect(page.locator('#indicator')).toHaveText('Not recording');
  const recorded = await page.evaluate(() => trackreelDemo.recorder!.progress.frames);

  await page.reload();
  const reel = page.locator('#reels > li');
  await expect(reel).toHaveCount(1);
  await expect(reel.locator('.length')).toHaveText(/^00:\d\d\.\d$/);
  const poster = await reel
    .locator('img')
    .evaluate((image: HTMLImageElement) => image.decode().then(() => image.naturalWidth));
  expect(poster, 'the width of its first picture').toBe(320);
  await expect(page.locator('#room')).toHaveText(/^[\d.]+ GB free$/);
  await reel.getByRole('button', { name: 'Open' }).click();
  const late = await saveOpen(page);
  expect(late.suggestedFilename()).not.toBe(early.suggestedFilename());
  const movie = await readMovie(await readFile(await late.path()));
  expect(movie.counters.length).toBe(recorded);
  const remove = reel.getByRole('button', { name: 'Delete' });
  await remove.dblclick();
  await expect(remove, 'a double click deletes nothing').toHaveText('Sure?');
  await expect(page.locator('#status')).toContainText('Press again');
  await remove.click();
  await expect(reel).toHaveCount(0);
  await expect(page.locator('#no-reels')).toBeVisible();
});

test('the page shows what it receives', async ({ page }) => {
  await expect(page.locator('#received')).toHaveText(/^VP8 · 640 × 360 · [1-9]\d* fps$/);
  await page.getByRole('button', { name: 'Close the connection' }).click();
  await expect(page.locator('#received')).toHaveText('Nothing is being received');
});

test('a paused sender continues to send the same picture', async ({ page }) => {
  await page.goto('/?width=640&height=360&freeze=keep');
  await expect(page.getByLabel('When the picture is static')).toHaveValue('keep');
  const toggle = page.getByRole('button', { name: 'Pause the sender' });
  await page.getByRole('button', { name: 'Record', exact: true }).click();
  await page.waitForFunction(() => trackreelDemo.recorder!.progress.frames > 20);
  await toggle.click();
  await expect(toggle).toHaveAttribute('aria-pressed', 'true');
  const frozenAt = await page.evaluate(() => trackreelDemo.recorder!.progress.frames);
  await page.waitForFunction((frames) => trackreelDemo.recorder!.progress.frames > frames + 40, frozenAt);
  await toggle.click();
  await page.waitForFunction((frames) => trackreelDemo.recorder!.progress.frames > frames + 60, frozenAt);
  await page.getByRole('button', { name: 'Stop', exact: true }).click();
  await expect(page.locator('#indicator')).toHaveText('Not recording');
  const download = await saveExport(page);
  const { counters } = await readMovie(await readFile(await download.path()));
  const repeats = counters.filter((counter, i) => i > 0 && counter === counters[i - 1]).length;
  expect(repeats, 'frames that repeat the picture before them').toBeGreaterThan(30);
  expect(counters.at(-1), 'the picture moves again').toBeGreaterThan(counters[0]!);
});

test('a still picture is cut out, and the page shows that and what is left', async ({ page }) => {
  await page.goto('/?codec=H264&width=640&height=360&maxLength=90s');
  const choice = page.getByLabel('When the picture is static');
  const indicator = page.locator('#indicator');
  const status = page.locator('#status');
  const repeats = async () => Number(await page.locator('[data-reason=freeze]').textContent());
  await expect(choice).toHaveValue('cut');
  await page.getByRole('button', { name: 'Record', exact: true }).click();
  await expect(choice).toBeDisabled();
  await page.waitForFunction(() => trackreelDemo.recorder!.progress.duration > 2);
  await page.getByRole('button', { name: 'Pause the sender' }).click();
  await expect(indicator).toHaveText('Static picture: cut');
  await expect(indicator).toHaveAttribute('data-state', 'frozen');
  await expect(status).toHaveText(/^The picture has not changed since 00:0\d\.\d\.$/);
  await expect.poll(repeats).toBeGreaterThan(40);
  await expect(page.locator('#remaining')).toHaveText(/^8\d seconds left$/);
  for (const width of [1280, 360]) {
    await page.setViewportSize({ width, height: 900 });
    const { violations } = await new AxeBuilder({ page }).analyze();
    expect(violations.map(({ id, nodes }) => ({ id, nodes: nodes.map(({ html }) => html) }))).toEqual([]);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
  }
  await page.getByRole('button', { name: 'Pause the sender' }).click();
  await expect(indicator).toHaveText('Recording');
  await expect(status).toHaveText(/^The picture moves again\. It was static for \d+\.\d seconds\.$/);
  await page.getByRole('button', { name: 'Stop', exact: true }).click();
  await expect(indicator).toHaveText('Not recording');

  // The next recording has the new options.
  await choice.selectOption('hold');
  await page.getByRole('button', { name: 'Record', exact: true }).click();
  await page.waitForFunction(() => trackreelDemo.recorder!.progress.duration > 1);
  await page.getByRole('button', { name: 'Pause the sender' }).click();
  await expect(indicator).toHaveText('Static picture: held');
  await page.getByRole('button', { name: 'Pause', exact: true }).click();
  await page.waitForFunction(() => !trackreelDemo.recorder!.progress.frozen);
  await expect(status, 'that a pause ends it is no motion').toHaveText('Paused. Frames are dropped now.');
});

test('received video is kept where the file can hold it, and the page shows which way is taken', async ({ page }) => {
  const press = (name: string) => page.getByRole('button', { name, exact: true }).click();
  const keep = page.getByLabel('Record received video as it is');
  const file = page.getByLabel('File', { exact: true });
  const way = page.locator('#way');
  const recordAs = async (text: string) => {
    await expect(way).toBeEmpty();
    await press('Record');
    await expect(way).toHaveText(text);
    await page.waitForFunction(() => trackreelDemo.recorder!.progress.duration > 1);
    await expect(keep).toBeDisabled();
    await expect(file).toBeDisabled();
    await press('Stop');
    await expect(page.locator('#indicator')).toHaveText('Not recording');
  };
  await expect(keep).toBeChecked();
  await recordAs('Encoded: this kind of file can’t hold the received codec');
  await file.selectOption('webm');
  await recordAs('Recorded as received');
  const download = await saveExport(page);
  expect(download.suggestedFilename()).toMatch(/\.webm$/);
  const { stream } = await readMovie(await readFile(await download.path()));
  expect(stream['codec_name']).toBe('vp8');
  await keep.uncheck();
  await expect(page.getByRole('button', { name: 'Record', exact: true })).toBeEnabled();
  await recordAs('Encoded');
});

test('the connection can be closed and reopened with another codec', async ({ page }) => {
  await page.getByRole('button', { name: 'Record', exact: true }).click();
  await page.waitForFunction(() => trackreelDemo.recorder!.progress.frames > 20);
  await page.getByRole('button', { name: 'Close the connection' }).click();
  await expect(page.locator('#status')).toContainText('The recording ended with its source.');
  await expect(page.getByRole('button', { name: 'Export', exact: true })).toBeEnabled();
  await page.getByLabel('Codec').selectOption('VP9');
  await page.getByRole('button', { name: 'Reconnect' }).click();
  await page.getByRole('button', { name: 'Record', exact: true }).click();
  await page.waitForFunction(() => trackreelDemo.recorder!.progress.frames > 20);
  await expect(page.locator('#received')).toContainText('VP9');
  await page.getByRole('button', { name: 'Stop', exact: true }).click();
  await expect(page.locator('#reels > li')).toHaveCount(2);
});

test('the keyboard alone is enough', async ({ page }) => {
  const reach = async (name: string) => {
    const button = page.getByRole('button', { name, exact: true });
    for (let i = 0; i < 30; i++) {
      if (await button.evaluate((element) => element === document.activeElement)) return;
      await page.keyboard.press('Tab');
    }
    throw new Error(`${name} is not reached by the tabulator`);
  };
  await reach('Record');
  await page.keyboard.press('Enter');
  await expect(page.locator('#indicator')).toHaveText('Recording');
  await reach('Pause');
  await page.keyboard.press('Space');
  await expect(page.locator('#indicator')).toHaveText('Paused');
  await reach('Stop');
  await page.keyboard.press('Enter');
  await expect(page.locator('#indicator')).toHaveText('Not recording');
});

test('an unknown way to treat a static picture is reported', async ({ page }) => {
  await page.goto('/?width=640&height=360&freeze=melt');
  await expect(page.getByRole('alert')).toContainText(
    '“freeze” in the address must be one of cut, hold, keep, not “melt”',
  );
});

for (const scheme of ['light', 'dark'] as const) {
  test(`axe finds no fault (${scheme}, phone width)`, async ({ page }) => {
    await page.emulateMedia({ colorScheme: scheme });
    await page.setViewportSize({ width: 360, height: 740 });
    await page.getByRole('button', { name: 'Record', exact: true }).click();
    await page.waitForFunction(() => trackreelDemo.recorder!.progress.frames > 20);
    await page.getByRole('button', { name: 'Stop', exact: true }).click();
    await expect(page.locator('#reels > li')).toHaveCount(1);
    const { violations } = await new AxeBuilder({ page }).analyze();
    expect(violations.map(({ id, nodes }) => ({ id, nodes: nodes.map(({ html }) => html) }))).toEqual([]);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
  });
}

test('what the address asks for wrongly is reported', async ({ page }) => {
  await page.goto('/?width=nine&codec=H265');
  const alert = page.getByRole('alert');
  await expect(alert).toContainText('“width” in the address must be a whole number from 64 to 8192');
  await expect(alert).toContainText(/“codec” in the address must be one of .*, not “H265”/);
});

test('a camera that is missing is reported in words, with a way out', async ({ page }) => {
  await page.getByLabel('Record from').selectOption('Camera');
  await page.getByRole('button', { name: 'Start the camera' }).click();
  const alert = page.getByRole('alert');
  await expect(alert).toHaveText(/^(There is no camera|The camera was not allowed)\. .* Try again$/);
  await page.getByLabel('Record from').selectOption('A painted scene');
  await expect(page.getByRole('button', { name: 'Record', exact: true })).toBeEnabled();
  await expect(alert).toBeEmpty();
});
