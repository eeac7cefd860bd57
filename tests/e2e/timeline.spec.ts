import { expect, test } from './support/fixtures.js';

// The controls of the page; player.spec.ts has what the player shows.
test('a person drags the timeline, slows it, and is live again', async ({ page }) => {
  await page.goto('/?width=640&height=360&freeze=keep');
  const timeline = page.getByRole('slider', { name: 'Look back' });
  await expect(timeline).toBeDisabled();
  await page.getByRole('button', { name: 'Record', exact: true }).click();
  await page.waitForFunction(() => trackreelDemo.recorder!.progress.duration > 2);
  await page.getByRole('button', { name: 'Mark', exact: true }).click();
  await page.waitForFunction(() => trackreelDemo.recorder!.progress.duration > 4);
  await expect(timeline).toHaveAttribute('aria-valuetext', /^Live, /);
  expect(await page.locator('#strip').evaluate(({ style }) => style.backgroundImage)).toContain('--mark');
  const replay = page.getByLabel('The recording, looked back at');
  await expect(replay).toBeHidden();

  const { x, y, width, height } = (await timeline.boundingBox())!;
  await page.mouse.move(x + width - 8, y + height / 2);
  await page.mouse.down();
  await page.mouse.move(x + width / 2, y + height / 2, { steps: 8 });
  await page.mouse.up();
  await expect(replay).toBeVisible();
  const time = () => replay.evaluate((video: HTMLVideoElement) => video.currentTime);
  const isPlaying = () => replay.evaluate((video: HTMLVideoElement) => !video.paused && video.readyState > 2);
  await expect.poll(isPlaying).toBe(true);
  expect(await time()).toBeLessThan(await page.evaluate(() => trackreelDemo.recorder!.progress.duration - 1));
  await page.getByLabel('Speed').selectOption('½ speed');
  await page.getByRole('button', { name: 'Hold', exact: true }).click();
  await expect.poll(isPlaying).toBe(false);

  // With the keyboard: a second back, to the start, and to live.
  const before = await time();
  await timeline.focus();
  await page.keyboard.press('ArrowLeft');
  await expect.poll(time).toBeCloseTo(before - 1, 1);
  await page.keyboard.press('Home');
  await expect.poll(time).toBeLessThan(0.1);
  await expect(timeline).toHaveAttribute('aria-valuetext', /^00:00\.0 of 00:0/);
  await page.keyboard.press('End');
  await expect(replay).toBeHidden();
  await expect(timeline).toHaveAttribute('aria-valuetext', /^Live, /);

  // After the end the reel can be replayed as before.
  await page.getByRole('button', { name: 'Stop', exact: true }).click();
  await expect(page.locator('#indicator')).toHaveText('Not recording');
  await page.keyboard.press('PageDown');
  await timeline.focus();
  await page.keyboard.press('PageDown');
  await expect(replay).toBeVisible();
  await expect.poll(isPlaying).toBe(true);
  await page.getByRole('button', { name: 'Live', exact: true }).click();
  await expect(replay).toBeHidden();
});
