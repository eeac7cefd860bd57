// What a page downloads, as it is and compressed, and the most that it may be.
import { existsSync } from 'node:fs';
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, gzipSync } from 'node:zlib';

const PKG = fileURLToPath(new URL('../pkg', import.meta.url));

/** Files that are downloaded together, and their budget, in bytes after gzip. */
const DOWNLOADS = {
  page: { what: 'a page', files: ['index.js', 'worker.js', 'trackreel_bg.wasm'], budget: 248_000 },
  withoutOpenH264: {
    what: 'a page that ships no OpenH264',
    files: ['without-openh264.js', 'worker-without-openh264.js', 'trackreel_bg.wasm'],
    budget: 248_000,
  },
  openH264: {
    what: 'besides, where OpenH264 encodes',
    files: ['openh264-worker.js', 'openh264.wasm'],
    budget: 160_000,
    isOptional: true,
  },
  aac: {
    what: 'besides, where sound is encoded to AAC in software',
    files: ['aac-worker.js', 'aac.wasm'],
    budget: 110_000,
    isOptional: true,
  },
  video: {
    what: 'besides, where a page has no processor of frames',
    files: ['video-capture.js'],
    budget: 1_500,
  },
  sound: {
    what: 'besides, where sound comes through an AudioWorklet',
    files: ['sound-capture.js', 'sound-worklet.js'],
    budget: 2_000,
  },
  tap: { what: 'besides, where a connection is tapped', files: ['tap-worker.js'], budget: 1_000 },
  transform: { what: 'besides, in a worker that decrypts what is received', files: ['transform.js'], budget: 1_000 },
  player: { what: 'besides, with the player', files: ['player.js'], budget: 4_000 },
  upload: { what: 'besides, with the upload to a storage of parts', files: ['upload.js'], budget: 4_600 },
  session: { what: 'besides, with a session', files: ['session.js'], budget: 2_500 },
  react: { what: 'besides, with React', files: ['react.js'], budget: 5_000 },
  controls: { what: 'besides, with the element', files: ['controls.js'], budget: 5_000 },
};

/** The sizes in bytes of each file of a download, and of all together; nothing if it was built without. */
export async function sizesOf(download) {
  const { files, isOptional } = DOWNLOADS[download];
  if (isOptional && !existsSync(join(PKG, files[0]))) return [];
  const rows = await Promise.all(files.map(sizeOf));
  const sum = (key) => rows.reduce((total, row) => total + row[key], 0);
  if (rows.length === 1) return rows;
  return [...rows, { file: 'all', raw: sum('raw'), gzip: sum('gzip'), brotli: sum('brotli') }];
}

async function sizeOf(file) {
  const bytes = await readFile(join(PKG, file));
  return { file, raw: bytes.length, gzip: gzipped(bytes), brotli: brotliCompressSync(bytes).length };
}

/** Prints them as tables. */
export async function printSizes() {
  for (const [download, { what, budget }] of Object.entries(DOWNLOADS)) {
    const rows = await sizesOf(download);
    if (rows.length > 0) console.error(`${what} (at most ${budget} B gzip):`);
    for (const { file, raw, gzip, brotli } of rows) {
      console.error(`  ${file.padEnd(26)} ${raw} B, gzip ${gzip} B, brotli ${brotli} B`);
    }
  }
}

/** The faults of the sizes: a download is larger than its budget, or a file belongs to none. */
async function complaintsOf(folder) {
  const complaints = [];
  for (const { what, files, budget, isOptional } of Object.values(DOWNLOADS)) {
    if (isOptional && !existsSync(join(folder, files[0]))) continue;
    const gzips = await Promise.all(files.map(async (file) => gzipped(await readFile(join(folder, file)))));
    const all = gzips.reduce((sum, gzip) => sum + gzip);
    if (all > budget) complaints.push(`${what}: ${all} B gzip, ${all - budget} more than the budget of ${budget}`);
  }
  const counted = Object.values(DOWNLOADS).flatMap(({ files }) => files);
  const others = (await readdir(folder)).filter((file) => /\.(js|wasm)$/.test(file) && !counted.includes(file));
  return [...complaints, ...others.map((file) => `${file} is in no download of scripts/sizes.mjs`)];
}

/** Ends this script with an error if something is wrong with the sizes. */
export async function checkSizes(folder = PKG) {
  const complaints = await complaintsOf(folder);
  for (const complaint of complaints) console.error(`sizes: ${complaint}`);
  if (complaints.length > 0) process.exit(1);
}

function gzipped(bytes) {
  return gzipSync(bytes, { level: 9 }).length;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await printSizes();
  await checkSizes();
}
