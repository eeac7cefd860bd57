import { readFile } from 'node:fs/promises';
import { servePage } from '../../scripts/page.mjs';
import { expect, saveExport, test } from './support/fixtures.js';
import { readMovie } from './support/movie.js';

test.use({ serviceWorkers: 'allow' });

test('after one visit the page opens, records and exports without a network, with either encoder', async ({ page }) => {
  // A server of its own, which goes away.
  const server = await servePage();
  await page.goto(server.url);
  await page.evaluate(() => navigator.serviceWorker.ready);
  await server.close();
  for (const encoder of ['auto', 'openh264']) {
    await page.goto(`${server.url}?width=640&height=360&encoder=${encoder}`);
    await page.getByRole('button', { name: 'Record', exact: true }).click();
    await page.waitForFunction(() => trackreelDemo.recorder!.progress.time > 1);
    await page.getByRole('button', { name: 'Stop', exact: true }).click();
    await expect(page.locator('#indicator')).toHaveText('Not recording');
    const download = await saveExport(page);
    const { times, stream } = await readMovie(await readFile(await download.path()));
    expect(times.length).toBeGreaterThan(20);
    expect(stream.profile).toBe(encoder === 'openh264' ? 'Constrained Baseline' : 'High');
  }
});
