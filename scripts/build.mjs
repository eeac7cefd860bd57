// Builds pkg/: what npm ships. cargo, wasm-bindgen, wasm-opt, esbuild, tsc, in this order.
import { existsSync, readdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { mkdir, open, readFile, rm, writeFile } from 'node:fs/promises';
import { checkSizes, printSizes } from './sizes.mjs';
import { ensureToolchain } from './setup.mjs';
import { run } from './run.mjs';

const TARGET = 'wasm32-unknown-unknown';

/** Compiles the module and the face into pkg/. */
export async function buildPackage() {
  const { wasmBindgen } = await ensureToolchain();
  await run('cargo', [...anonymous(), 'build', '--release', '--locked', '--quiet', '--target', TARGET, '--lib']);
  const wasm = `target/${TARGET}/release/trackreel.wasm`;
  const bindgen = ['--target', 'web', '--omit-default-module-path', '--out-dir', 'target/wasm-bindgen'];
  await run(wasmBindgen, [wasm, ...bindgen, '--out-name', 'trackreel']);
  await rm('pkg', { recursive: true, force: true });
  await mkdir('pkg', { recursive: true });
  await optimize();
  const { build } = await import('esbuild');
  const options = { outdir: 'pkg', bundle: true, format: 'esm', target: 'es2022', minify: true, logLevel: 'warning' };
  // The names of the error classes are what a person reads in a console. The worker has none.
  await build({
    ...options,
    entryPoints: ['js/index.ts', 'js/video-capture.ts'],
    external: ['./video-capture.js'],
    keepNames: true,
  });
  await build({ ...options, entryPoints: ['js/worker.ts'] });
  await run('node_modules/.bin/tsc', [
    '-p',
    'tsconfig.json',
    '--noEmit',
    'false',
    '--emitDeclarationOnly',
    '--declaration',
    '--stripInternal',
    '--outDir',
    'pkg',
  ]);
}

/** Settings that keep the paths of this machine out of the module, where panics name them. */
function anonymous() {
  const registry = join(process.env.CARGO_HOME || join(homedir(), '.cargo'), 'registry/src');
  const [crates] = existsSync(registry) ? readdirSync(registry) : [];
  const flags = crates ? [`--remap-path-prefix=${join(registry, crates)}/=`] : [];
  return ['--config', `target.${TARGET}.rustflags=${JSON.stringify(flags)}`];
}

/**
 * Optimizes the module for its size, and shortens what it and its glue call each other: wasm-bindgen's names end in hashes,
 * which nothing compresses, and every function of the browser that is called has one in both files.
 */
async function optimize() {
  const features = ['--enable-bulk-memory', '--enable-nontrapping-float-to-int', '--enable-reference-types'];
  const shorten = '--minify-imports-and-exports-and-modules';
  const files = ['target/wasm-bindgen/trackreel_bg.wasm', '-o', 'pkg/trackreel_bg.wasm'];
  const names = await open('target/wasm-bindgen/names.json', 'w');
  await run(
    'node_modules/.bin/wasm-opt',
    ['-Oz', '--dae-optimizing', shorten, '-Oz', '--strip-producers', '--strip-target-features', ...features, ...files],
    {
      stdout: names.fd,
    },
  );
  await names.close();
  const { imports, exports } = JSON.parse(await readFile('target/wasm-bindgen/names.json', 'utf8'));
  const shortOf = new Map([...imports.map(([, name, short]) => [name, short]), ...exports]);
  const glue = await readFile('target/wasm-bindgen/trackreel.js', 'utf8');
  const shortened = glue
    .replace('"./trackreel_bg.js": import0', 'a: import0')
    .replace(/(?<=^ {8})\w+(?=: function)|(?<=\bwasm\.)\w+/gm, (name) => shortOf.get(name) ?? name);
  await writeFile('target/wasm-bindgen/trackreel.js', shortened);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await buildPackage();
  await printSizes();
  await checkSizes();
}
