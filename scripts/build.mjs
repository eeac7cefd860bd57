// Builds pkg/: what npm ships. cargo, wasm-bindgen, wasm-opt, esbuild, tsc, in this order.
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { copyFile, mkdir, open, readFile, rm, writeFile } from 'node:fs/promises';
import { buildAac, licenceOfAac } from './aac.mjs';
import { buildDeclarations } from './declarations.mjs';
import { Fingerprint } from './fingerprint.mjs';
import { buildOpenH264, licenceOfOpenH264 } from './openh264.mjs';
import { dropPanicTexts } from './panics.mjs';
import { checkSizes, printSizes } from './sizes.mjs';
import { ensureToolchain } from './setup.mjs';
import { run } from './run.mjs';

const TARGET = 'wasm32-unknown-unknown';

/** All that pkg/ is made of. */
const INPUTS = [
  ...['.cargo', 'Cargo.lock', 'Cargo.toml', 'aac', 'js', 'openh264', 'package-lock.json', 'package.json'],
  ...['pixels', 'scripts', 'src', 'tsconfig.json'],
];

/** Intermediate files are read too, by esbuild and by the type checks of the face. */
const OUTPUTS = ['pkg', 'target/wasm-bindgen'];

/**
 * Compiles the modules and the face into pkg/, unless just that is there; without a software encoder if it is asked not to, or the
 * whole run is.
 */
export async function buildPackage({
  withAac = !process.argv.includes('--without-aac'),
  withOpenH264 = !process.argv.includes('--without-openh264'),
} = {}) {
  const { wasmBindgen } = await ensureToolchain();
  await mkdir('target', { recursive: true });
  const { RUSTFLAGS, CARGO_ENCODED_RUSTFLAGS, CARGO_HOME } = process.env;
  const rustc = execFileSync('rustc', ['-vV'], { encoding: 'utf8' });
  const settings = { withAac, withOpenH264, rustc, RUSTFLAGS, CARGO_ENCODED_RUSTFLAGS, CARGO_HOME };
  const fingerprint = await Fingerprint.of({ file: 'target/pkg.made', inputs: INPUTS, outputs: OUTPUTS, settings });
  if (await fingerprint.isFresh()) return;
  // So that the folders of the crates are there to be named.
  await run('cargo', ['fetch', '--locked', '--quiet']);
  const wasm = `target/${TARGET}/release/trackreel.wasm`;
  const map = resolve(`target/${TARGET}/release/trackreel.map`);
  const lib = ['--release', '--locked', '--quiet', '--target', TARGET, '--lib'];
  await run('cargo', [...anonymous(), 'rustc', ...lib, '--', '-C', `link-arg=-Map=${map}`]);
  const bindgen = ['--target', 'web', '--omit-default-module-path', '--out-dir', 'target/wasm-bindgen'];
  await run(wasmBindgen, [wasm, ...bindgen, '--out-name', 'trackreel']);
  await rm('pkg', { recursive: true, force: true });
  await mkdir('pkg', { recursive: true });
  await dropPanicTexts('target/wasm-bindgen/trackreel_bg.wasm', map);
  await optimize();
  const { build } = await import('esbuild');
  const options = { outdir: 'pkg', bundle: true, format: 'esm', target: 'es2022', minify: true, logLevel: 'warning' };
  const parts = ['js/video-capture.ts', 'js/sound-capture.ts', 'js/sound-worklet.ts', 'js/tap-worker.ts'];
  await build({ ...options, entryPoints: [...parts, 'js/transform.ts'] });
  // The second is for pages that are not to ship OpenH264.
  for (const [face, worker, hasOpenH264] of [
    ['index', 'worker', withOpenH264],
    ['without-openh264', 'worker-without-openh264', false],
  ]) {
    const define = {
      WITH_AAC: String(withAac),
      WITH_OPENH264: String(hasOpenH264),
      WORKER_FILE: JSON.stringify(`./${worker}.js`),
      WORKER_NAME: JSON.stringify(`trackreel-${worker}`),
    };
    const external = ['./video-capture.js', './sound-capture.js'];
    await build({ ...options, define, external, entryPoints: { [face]: 'js/index.ts' } });
    await build({ ...options, define, entryPoints: { [worker]: 'js/worker.ts' } });
  }
  // Every import of the core gets the same one, from any folder of js/.
  const core = {
    name: 'core',
    setup: ({ onResolve }) =>
      onResolve({ filter: /^\.\.?\/index\.js$/ }, () => ({ path: './index.js', external: true })),
  };
  const besides = ['js/react.ts', 'js/controls.ts', 'js/player.ts', 'js/session.ts', 'js/upload.ts'];
  await build({ ...options, entryPoints: besides, external: ['react'], plugins: [core] });
  if (withOpenH264) {
    await build({ ...options, entryPoints: { 'openh264-worker': 'js/openh264/worker.ts' } });
    await copyFile(await buildOpenH264(), 'pkg/openh264.wasm');
    await copyFile(licenceOfOpenH264(), 'pkg/openh264.LICENSE');
  }
  if (withAac) {
    await build({ ...options, entryPoints: { 'aac-worker': 'js/aac/worker.ts' } });
    await copyFile(await buildAac(), 'pkg/aac.wasm');
    await writeFile('pkg/aac.LICENSE', licenceOfAac());
  }
  await buildDeclarations();
  await fingerprint.remember();
}

/** Settings that keep the paths of this machine out of the module, where panics name them. */
function anonymous() {
  const registry = join(process.env.CARGO_HOME || join(homedir(), '.cargo'), 'registry/src');
  const folders = existsSync(registry) ? readdirSync(registry) : [];
  const flags = folders.map((folder) => `--remap-path-prefix=${join(registry, folder)}/=`);
  return ['--config', `target.${TARGET}.rustflags=${JSON.stringify(flags)}`];
}

/**
 * Optimizes the module for its size, and shortens what it and its glue call each other: wasm-bindgen's names end in hashes,
 * which nothing compresses, and every function of the browser that is called has one in both files.
 */
async function optimize() {
  const features = ['--enable-bulk-memory', '--enable-nontrapping-float-to-int', '--enable-reference-types'];
  // What has one caller stays by itself unless it is tiny: gzip packs many small functions better than few large ones.
  const inlining = ['--one-caller-inline-max-function-size', '20', '--always-inline-max-function-size', '4'];
  // Control flow is rebuilt from simple statements, twice: fewer locals and branches.
  const restructure = ['--flatten', '--rereloop', '-Oz', '--flatten', '--rereloop', '-Oz'];
  // The stack is below all data, and a pointer into its last kilobyte is one step from an overflow.
  const memory = '--low-memory-unused';
  const shorten = '--minify-imports-and-exports-and-modules';
  const files = ['target/wasm-bindgen/trackreel_bg.wasm', '-o', 'pkg/trackreel_bg.wasm'];
  const names = await open('target/wasm-bindgen/names.json', 'w');
  await run(
    'node_modules/.bin/wasm-opt',
    [
      '-Oz',
      ...inlining,
      '--dae-optimizing',
      '--generate-global-effects',
      ...restructure,
      memory,
      shorten,
      '-Oz',
      '--strip-producers',
      '--strip-target-features',
      ...features,
      ...files,
    ],
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
