// How long an export takes while recording goes on.
import { setTimeout as sleep } from 'node:timers/promises';
import { openPage } from './browser.mjs';
import { median, rounded } from './numbers.mjs';

/** Records for some seconds, then exports so many times. */
export async function exporting(url, source, { seconds, times }) {
  const page = await openPage(url, source);
  await page.start('trackreel', { fps: source.fps });
  await sleep(seconds * 1000);
  const exports = [];
  for (let n = 0; n < times; n++) exports.push(await page.export());
  await page.stop();
  await page.close();
  const of = (key) => median(exports.map((one) => one[key]));
  const size = `${rounded(of('seconds'), 0)} s at ${source.name}, ${rounded(of('bytes') / 1e6, 1)} MB`;
  return [
    {
      name: 'export',
      value: rounded(of('export'), 1),
      unit: 'ms',
      against: `reading all bytes of the same Blob (${size}): ${rounded(of('read'), 1)} ms`,
    },
  ];
}
