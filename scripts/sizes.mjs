// What a page downloads, as it is and compressed.
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, gzipSync } from 'node:zlib';

/** The most that a page may download, in bytes as gzip packs them. */
const BUDGET = 100_000;
const FILES = ['index.js', 'worker.js', 'trackreel_bg.wasm'];

/** The sizes in bytes of each file that a page downloads, and of all together. */
export async function sizes() {
  const rows = [];
  for (const file of FILES) {
    const bytes = await readFile(new URL(`../pkg/${file}`, import.meta.url));
    rows.push({
      file,
      raw: bytes.length,
      gzip: gzipSync(bytes, { level: 9 }).length,
      brotli: brotliCompressSync(bytes).length,
    });
  }
  const sum = (key) => rows.reduce((total, row) => total + row[key], 0);
  return [...rows, { file: 'all', raw: sum('raw'), gzip: sum('gzip'), brotli: sum('brotli') }];
}

/** Prints them as a table. */
export async function printSizes() {
  for (const { file, raw, gzip, brotli } of await sizes()) {
    console.error(`${file.padEnd(18)} ${raw} B, gzip ${gzip} B, brotli ${brotli} B`);
  }
}

/** Ends this script with an error if a page downloads more than the budget. */
export async function checkSizes() {
  const { gzip } = (await sizes()).find(({ file }) => file === 'all');
  if (gzip <= BUDGET) return;
  console.error(`the download is ${gzip} B gzip, ${gzip - BUDGET} more than the budget of ${BUDGET}`);
  process.exit(1);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await printSizes();
  await checkSizes();
}
