// Builds a WebAssembly module from C or C++, by clang and wasm-opt. The results are kept in target/, each object by the hash of all that
// it is made of.
import { execFile, execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { basename, dirname, extname, join } from 'node:path';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { mkdir, rename } from 'node:fs/promises';
import { promisify } from 'node:util';
import { ensureClang } from './setup.mjs';

/**
 * Builds the module if it is not there already, and gives its path.
 *
 * @param name - of the module, which `--without-<name>` builds the package without
 * @param common - what all files depend on besides their text and flags: headers, and the version of what is not ours
 * @param includes - folders of headers; where they are on this machine makes no difference
 * @param units - the `path` of each file, and the `flags` to compile it with
 * @param link - the linker's flags
 * @param optimize - those of wasm-opt
 */
export async function buildModule({ name, common, includes, units, link, optimize }) {
  const kept = join('target', name);
  const compiler = ensureClang();
  const version = execFileSync(compiler, ['--version'], { encoding: 'utf8' });
  const seed = hash([version, ...common]);
  const jobs = units.map(({ path, flags }) => {
    // The folder of the sources is not part of it, since it is another on every machine.
    const key = hash([seed, flags.join(' '), readFileSync(path)]);
    const object = join(kept, `${basename(path, extname(path))}-${key}.o`);
    return { object, args: [...flags, ...includes.map((at) => `-I${at}`), path] };
  });
  const execute = executorOf(name);
  await mkdir(kept, { recursive: true });
  const missing = jobs.filter(({ object }) => !existsSync(object));
  if (missing.length) console.error(`${name}: compiling ${missing.length} files`);
  await inTurn(missing, ({ object, args }) => writeWhole(object, (path) => execute(compiler, [...args, '-o', path])));

  const objects = jobs.map(({ object }) => object);
  const wasm = join(kept, `${name}-${hash([...link, ...optimize, ...objects])}.wasm`);
  if (!existsSync(wasm)) {
    await writeWhole(wasm, async (path) => {
      await execute(compiler, [...link, ...objects, '-o', path]);
      await execute('node_modules/.bin/wasm-opt', [...optimize, path, '-o', path]);
    });
  }
  return wasm;
}

const found = new Map();

/** The folder where cargo has put a crate, fetched if need be, and the crate's checksum. */
export function sourcesOf(crate) {
  if (found.has(crate)) return found.get(crate);
  const metadata = execFileSync('cargo', ['metadata', '--format-version', '1', '--locked'], {
    encoding: 'utf8',
    maxBuffer: 2 ** 27,
  });
  const { manifest_path } = JSON.parse(metadata).packages.find(({ name }) => name === crate);
  const [, checksum] = new RegExp(`name = "${crate}"[^[]*checksum = "(.+)"`).exec(readFileSync('Cargo.lock', 'utf8'));
  const sources = { folder: dirname(manifest_path), checksum };
  found.set(crate, sources);
  return sources;
}

/** The paths of all files below a folder whose names end so. */
export function filesBelow(folder, end) {
  const names = readdirSync(folder, { recursive: true }).filter((name) => name.endsWith(end));
  return names.map((name) => join(folder, name)).sort();
}

/** Runs the work for each item, as many at once as there are processors, but no more than two. */
async function inTurn(items, work) {
  const queue = [...items];
  const worker = async () => {
    for (let item; (item = queue.shift());) await work(item);
  };
  await Promise.all(Array.from({ length: Math.min(2, availableParallelism()) }, worker));
}

/** Writes a file atomically: it is there whole or not at all. */
async function writeWhole(path, make) {
  const partial = `${path}.${process.pid}`;
  await make(partial);
  await rename(partial, path);
}

function executorOf(name) {
  return async (command, args) => {
    try {
      await promisify(execFile)(command, args, { maxBuffer: 2 ** 24 });
    } catch (error) {
      console.error(error.stderr || error.message);
      console.error(`${name}: ${command} failed; \`npm run build -- --without-${name}\` builds the package without it`);
      process.exit(1);
    }
  };
}

function hash(parts) {
  const sum = createHash('sha256');
  for (const part of parts) sum.update(part).update('\0');
  return sum.digest('hex').slice(0, 16);
}
