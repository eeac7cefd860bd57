// What a page downloads to record.
import { sizesOf } from '../scripts/sizes.mjs';

/** Its size as it is and compressed. */
export async function sizeFigures() {
  const all = (await sizesOf('page')).find(({ file }) => file === 'all');
  const against = {
    raw: 'index.js, worker.js and the wasm together, minified',
    gzip: 'the aim of at most 100 kB',
    brotli: 'the aim of at most 100 kB gzip',
  };
  return Object.keys(against).map((key) => ({
    name: `download-${key}`,
    value: all[key] / 1000,
    unit: 'kB',
    against: against[key],
  }));
}
