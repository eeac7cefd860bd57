import { expect, test } from './support/fixtures.js';

test('a person hears the scene, sees how loud it is, and has its sound in the file', async ({ page }) => {
  await page.goto('/?width=640&height=360');
  const isMuted = () => page.locator('#video').evaluate((video: HTMLVideoElement) => video.muted);
  await page.getByRole('button', { name: 'Record', exact: true }).click();
  await page.waitForFunction(() => document.querySelector<HTMLMeterElement>('#level')!.value > 0.5);
  expect(await isMuted(), 'until one wants it').toBe(true);
  await page.getByRole('button', { name: 'Listen' }).click();
  expect(await isMuted()).toBe(false);
  await page.waitForFunction(() => trackreelDemo.recorder!.progress.duration > 3);
  await page.getByRole('button', { name: 'Stop', exact: true }).click();
  await expect(page.locator('#reels > li')).toContainText('Opus');
  await page.getByRole('button', { name: 'Export', exact: true }).click();
  await expect(page.locator('#export-sound')).toHaveText('Opus');
  const heard = await page.locator('#preview').evaluate(async (preview: HTMLVideoElement) => {
    await preview.play();
    await new Promise((resolve) => preview.addEventListener('ended', resolve));
    return (preview as HTMLVideoElement & { webkitAudioDecodedByteCount: number }).webkitAudioDecodedByteCount;
  });
  expect(heard, 'bytes of sound that the preview played').toBeGreaterThan(5_000);
});

// The sender of a paused server is silent, so that its frozen picture is cut.
test('a paused sender rings no bell', async ({ page }) => {
  await page.goto('/?width=640&height=360');
  await page.getByRole('button', { name: 'Record', exact: true }).click();
  await page.waitForFunction(() => trackreelDemo.recorder!.progress.duration > 1.5);
  await page.getByRole('button', { name: 'Pause the sender' }).click();
  await expect(page.locator('#indicator')).toHaveText('Static picture: cut');
});

test('without sound the page shows none', async ({ page }) => {
  await page.goto('/?width=640&height=360&sound=off');
  await expect(page.locator('#received')).toHaveText(/fps$/);
  await expect(page.getByRole('button', { name: 'Listen' })).toBeHidden();
});
