// How long an export takes: during a recording, and of a reel on disk.
import { setTimeout as sleep } from 'node:timers/promises';
import { openPage } from './browser.mjs';
import { median, rounded } from './numbers.mjs';

/** A recording this short shows whether its length matters. */
const SHORT_S = 2;

/** Records for some seconds, and exports this many times: near the start, at the end, and from disk. */
export async function exporting(url, source, { seconds, times, connectMs }) {
  const page = await openPage(url, source, connectMs);
  await page.start('trackreel', { fps: source.fps });
  await sleep(SHORT_S * 1000);
  const short = await exports(page, times, false);
  await sleep(Math.max(0, seconds - SHORT_S) * 1000);
  const live = await exports(page, times, false);
  await page.stopRecorder();
  const stored = await exports(page, times, true);
  await page.close();
  const against = (one) => `reading all bytes of the same Blob (${one.seconds} s, ${one.megabytes} MB): ${one.read} ms`;
  return [
    {
      name: 'export-while-recording',
      value: live.export,
      unit: 'ms',
      against: `${against(live)}; exporting ${short.seconds} s: ${short.export} ms`,
    },
    { name: 'export-from-disk', value: stored.export, unit: 'ms', against: against(stored) },
  ];
}

async function exports(page, times, stored) {
  const all = [];
  for (let n = 0; n < times; n++) all.push(await page.export(stored));
  const of = (key) => median(all.map((one) => one[key]));
  return {
    export: rounded(of('export'), 1),
    read: rounded(of('read'), 1),
    seconds: rounded(of('seconds'), 0),
    megabytes: rounded(of('bytes') / 1e6, 1),
  };
}
