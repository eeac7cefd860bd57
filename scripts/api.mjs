// npm run api: writes docs/api/, the reference, from the doc comments. It fails if anything that is exported has none.
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { run } from './run.mjs';

const COMMITTED = 'docs/api';
const FRESH = 'target/api';

/** Writes the reference into a folder. */
function write(folder) {
  return run('node_modules/.bin/typedoc', ['--logLevel', 'Warn', '--out', folder]);
}

/** Ends this script with an error if something is not documented, or the committed reference is out of date. */
export async function checkApi() {
  await write(FRESH);
  const [committed, fresh] = await Promise.all([pages(COMMITTED), pages(FRESH)]);
  if (committed === fresh) return;
  console.error(`${COMMITTED} is not what the doc comments say now: npm run api`);
  process.exit(1);
}

/** All pages as one text. */
async function pages(folder) {
  const names = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith('.md')).sort();
  const texts = await Promise.all(names.map((name) => readFile(join(folder, name), 'utf8')));
  return JSON.stringify(names.map((name, i) => [name, texts[i]]));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await write(COMMITTED);
