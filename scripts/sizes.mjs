// What a page downloads, as it is and compressed, and the most that it may be. `node scripts/sizes.mjs [folder]` looks at another build.
import { existsSync } from 'node:fs';
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, gzipSync } from 'node:zlib';

const PKG = fileURLToPath(new URL('../pkg', import.meta.url));

/** What is downloaded together, and the most that it may be, in bytes as gzip packs them. */
const DOWNLOADS = {
  page: { what: 'a page', files: ['index.js', 'worker.js', 'trackreel_bg.wasm'], budget: 100_000 },
  withoutOpenH264: {
    what: 'a page that ships no OpenH264',
    files: ['without-openh264.js', 'worker-without-openh264.js', 'trackreel_bg.wasm'],
    budget: 100_000,
  },
  openH264: {
    what: 'besides, where OpenH264 encodes',
    files: ['openh264-worker.js', 'openh264.wasm'],
    budget: 160_000,
    isOptional: true,
  },
  video: { what: 'besides, where frames come by way of a <video>', files: ['video-capture.js'], budget: 1_000 },
};

/** The sizes in bytes of each file of a download, and of all together; nothing if it was built without. */
export async function sizesOf(download, folder = PKG) {
  const { files, isOptional } = DOWNLOADS[download];
  if (isOptional && !existsSync(join(folder, files[0]))) return [];
  const rows = await Promise.all(files.map((file) => sizeOf(folder, file)));
  const sum = (key) => rows.reduce((total, row) => total + row[key], 0);
  if (rows.length === 1) return rows;
  return [...rows, { file: 'all', raw: sum('raw'), gzip: sum('gzip'), brotli: sum('brotli') }];
}

async function sizeOf(folder, file) {
  const bytes = await readFile(join(folder, file));
  const [gzip, brotli] = [gzipSync(bytes, { level: 9 }).length, brotliCompressSync(bytes).length];
  return { file, raw: bytes.length, gzip, brotli };
}

/** Prints them as tables. */
export async function printSizes(folder = PKG) {
  for (const [download, { what, budget }] of Object.entries(DOWNLOADS)) {
    const rows = await sizesOf(download, folder);
    if (rows.length > 0) console.error(`${what} (at most ${budget} B gzip):`);
    for (const { file, raw, gzip, brotli } of rows) {
      console.error(`  ${file.padEnd(26)} ${raw} B, gzip ${gzip} B, brotli ${brotli} B`);
    }
  }
}

/** Ends this script with an error if a download is larger than its budget, or a file belongs to none. */
export async function checkSizes(folder = PKG) {
  const wrong = [];
  for (const [download, { what, budget }] of Object.entries(DOWNLOADS)) {
    const { gzip } = (await sizesOf(download, folder)).at(-1) ?? { gzip: 0 };
    if (gzip > budget) wrong.push(`${what}: ${gzip} B gzip, ${gzip - budget} more than the budget of ${budget}`);
  }
  const counted = Object.values(DOWNLOADS).flatMap(({ files }) => files);
  const others = (await readdir(folder)).filter((file) => /\.(js|wasm)$/.test(file) && !counted.includes(file));
  wrong.push(...others.map((file) => `${file} is in no download of scripts/sizes.mjs`));
  if (wrong.length === 0) return;
  for (const text of wrong) console.error(`sizes: ${text}`);
  process.exit(1);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [folder = PKG] = process.argv.slice(2);
  await printSizes(folder);
  await checkSizes(folder);
}
