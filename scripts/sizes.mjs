// What a page downloads, as it is and compressed.
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, gzipSync } from 'node:zlib';

/** The most that a page may download, in bytes as gzip packs them. */
const BUDGET = 100_000;
const FILES = ['index.js', 'worker.js', 'trackreel_bg.wasm'];

/** The most that one downloads which has to encode H.264 by itself, in the same bytes, in addition. */
const OPENH264_BUDGET = 160_000;
const OPENH264_FILES = ['openh264-worker.js', 'openh264.wasm'];

/** The most that each of the entries beside the core adds, in the same bytes. */
const ENTRY_BUDGET = 5_000;
const ENTRIES = ['react.js', 'controls.js'];

/** The sizes in bytes of each file that a page downloads, and of all together. */
export function sizes() {
  return sizesOf(FILES);
}

/** The same of the software encoder, which is downloaded only when needed; nothing if it was built without. */
export async function openH264Sizes() {
  const isBuilt = existsSync(new URL(`../pkg/${OPENH264_FILES.at(-1)}`, import.meta.url));
  return isBuilt ? sizesOf(OPENH264_FILES) : [];
}

async function sizesOf(files) {
  const rows = [];
  for (const file of files) {
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

/** The same of the entries beside the core. */
export async function entrySizes() {
  return (await sizesOf(ENTRIES)).slice(0, -1);
}

/** Prints them as a table. */
export async function printSizes() {
  for (const { file, raw, gzip, brotli } of [...(await sizes()), ...(await openH264Sizes()), ...(await entrySizes())]) {
    console.error(`${file.padEnd(18)} ${raw} B, gzip ${gzip} B, brotli ${brotli} B`);
  }
}

/** Ends this script with an error if a page downloads more than a budget allows. */
export async function checkSizes() {
  checkBudget('download', await sizes(), BUDGET);
  checkBudget('software encoder', await openH264Sizes(), OPENH264_BUDGET);
  for (const entry of await entrySizes()) checkBudget(entry.file, [entry], ENTRY_BUDGET);
}

function checkBudget(what, rows, budget) {
  const all = rows.at(-1)?.gzip ?? 0;
  if (all <= budget) return;
  console.error(`the ${what} is ${all} B gzip, ${all - budget} more than the budget of ${budget}`);
  process.exit(1);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await printSizes();
  await checkSizes();
}
