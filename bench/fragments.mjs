// What it takes to read a reel as fragments from the disk, beside an export of it whose bytes are read, in the same browser.
import { withPeaks } from './memory.mjs';
import { median, rounded } from './numbers.mjs';
import { inBrowser, withProfile } from './profile.mjs';

const MB = 2 ** 20;

/** The metrics of a reel with sound of this many segments of two seconds, from this many starts of a browser. */
export async function fragmented(url, { segments, starts }) {
  const runs = await withProfile(async (folder) => {
    const reel = { segments, sampleBytes: 4096, hasSound: true, digestsOf: [] };
    const page = `${url}scale.html`;
    const { id } = await inBrowser(folder, page, ({ call }) => call('fill', reel));
    const runs = [];
    while (runs.length < starts) {
      runs.push(
        await inBrowser(folder, page, async (browser) => {
          await browser.call('find', id);
          const fragments = await withPeaks(browser, () => browser.call('fragments'));
          const exported = await withPeaks(browser, () => browser.call('readExport'));
          return { fragments, exported, head: { value: await browser.call('head') } };
        }),
      );
      const { fragments, exported } = runs.at(-1);
      console.error(`fragments: ${JSON.stringify(fragments)}; export: ${JSON.stringify(exported)}`);
    }
    return runs;
  });
  const headMs = median(runs.map(({ head }) => head.value.ms));
  const of = (name, key) => median(runs.map((run) => run[name].value[key]));
  const peak = (name) => rounded(Math.max(...runs.map((run) => run[name].renderer)) / MB, 1);
  const rate = (name) => of(name, 'bytes') / MB / (of(name, 'ms') / 1000);
  const what = `${of('fragments', 'count')} fragments of ${segments} segments, ${rounded(of('fragments', 'bytes') / MB, 0)} MB`;
  return [
    {
      name: 'fragments_of_an_hour',
      value: rounded(rate('fragments'), 0),
      unit: 'MB/s',
      against: `the bytes of an export: ${rounded(rate('exported'), 0)} MB/s (${what}; median of ${starts})`,
    },
    {
      name: 'fragments_of_an_hour_ratio',
      value: rounded(median(runs.map(({ fragments, exported }) => fragments.value.ms / exported.value.ms)), 2),
      unit: 'ratio',
      against: 'the time that an export and its bytes take',
    },
    {
      name: 'fragments_of_an_hour_memory',
      value: peak('fragments'),
      unit: 'MB',
      against: `the page's process at most more than before; an export that is read: ${peak('exported')} MB`,
    },
    {
      name: 'upload_index_of_an_hour',
      value: rounded(headMs, 1),
      unit: 'ms',
      against: `after the end, an upload makes ${rounded(of('head', 'bytes') / MB, 1)} MB of index, and sends it with the last part`,
    },
  ];
}
