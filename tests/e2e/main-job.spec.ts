import { readFile } from 'node:fs/promises';
import { expect, openLab, saveExport, test, withOpenH264 } from './support/fixtures.js';
import { readMovie } from './support/movie.js';
import { droppedOf, expectPlayable, Witness } from './support/witness.js';

for (const codec of ['VP8', 'VP9', 'H264', 'AV1']) {
  test(`what is received over ${codec} is what is in the file`, async ({ page }) => {
    await openLab(page, `codec=${codec}`);
    const witness = await Witness.observe(page);
    await page.getByRole('button', { name: 'Record' }).click();
    await page.waitForFunction(() => trackreelDemo.recorder!.progress.duration > 3);
    await page.getByRole('button', { name: 'Stop' }).click();
    await expect(page.locator('#indicator')).toHaveAttribute('data-state', 'inactive');
    const download = await saveExport(page);

    expect(download.suggestedFilename()).toMatch(/^recording-\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d\.mp4$/);
    const movie = await readMovie(await readFile(await download.path()));
    const progress = await page.evaluate(() => trackreelDemo.recorder!.progress);
    expectPlayable(movie);
    await witness.expectFaithful(movie, progress);
    expect(movie.stream).toMatchObject({
      codec_name: 'h264',
      profile: withOpenH264() ? 'Constrained Baseline' : 'High',
      width: 640,
      height: 360,
      has_b_frames: 0,
    });
    expect(movie.counters.length).toBe(progress.frames);
    expect(Number(movie.stream.duration)).toBeCloseTo(progress.duration, 3);
    expect(progress.received).toBe(progress.frames + droppedOf(progress));
  });
}
