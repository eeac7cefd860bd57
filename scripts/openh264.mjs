// Builds openh264.wasm: OpenH264's C++ of the crate that Cargo.lock pins, our kernels and what the module exports, by clang.
// What is built is kept in target/openh264, each object by the hash of all that it is made of.
import { execFile, execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { ensureClang } from './setup.mjs';

const OURS = 'openh264';
const KEPT = 'target/openh264';

/** Files of OpenH264's that this module has in its own way, or has no use for. */
const LEFT_OUT = ['DllEntry.cpp', 'WelsThreadLib.cpp', 'welsCodecTrace.cpp'];

/** Those that take the time of every macroblock. The others are compiled for size. */
const HOT = [
  'deblocking.cpp',
  'encode_mb_aux.cpp',
  'get_intra_predictor.cpp',
  'md.cpp',
  'mv_pred.cpp',
  'nal_encap.cpp',
  'set_mb_syn_cavlc.cpp',
  'svc_base_layer_md.cpp',
  'svc_encode_mb.cpp',
  'svc_encode_slice.cpp',
  'svc_mode_decision.cpp',
  'svc_motion_estimate.cpp',
  'svc_set_mb_syn_cavlc.cpp',
];

const COMPILE = [
  '--target=wasm32-wasi',
  '-c',
  '-std=c++17',
  '-msimd128',
  '-fno-exceptions',
  '-fno-rtti',
  '-fcheck-new',
  '-fno-strict-aliasing',
  '-ffunction-sections',
  '-fdata-sections',
  '-fno-ident',
  '-D_WASI_EMULATED_SIGNAL',
  '-DNDEBUG',
  '-w',
];
const LINK = [
  '--target=wasm32-wasi',
  '-O3',
  '-mexec-model=reactor',
  '-lwasi-emulated-getpid',
  '-Wl,--gc-sections,--strip-debug,--stack-first,-z,stack-size=262144',
  // Three times what the largest pictures take.
  '-Wl,--max-memory=1073741824',
];

const FEATURES = ['bulk-memory', 'mutable-globals', 'nontrapping-float-to-int', 'sign-ext', 'simd'];
const OPTIMIZE = [
  '-O3',
  ...FEATURES.map((feature) => `--enable-${feature}`),
  '--strip-producers',
  '--strip-target-features',
];

/**
 * Builds the module if it is not there already, and gives its path. `scalar` builds it without our kernels, to compare with.
 */
export async function buildOpenH264({ scalar = false } = {}) {
  const { folder, checksum } = sources();
  const compiler = ensureClang();
  const include = [
    'api/wels',
    'common/inc',
    'encoder/core/inc',
    'encoder/plus/inc',
    'processing/interface',
    'processing/src/common',
  ];
  const includes = [join(OURS, 'include'), join(OURS, 'src'), ...include.map((name) => join(folder, name))];
  const headers = files(OURS, '.h');
  const version = execFileSync(compiler, ['--version'], { encoding: 'utf8' });
  const common = hash([checksum, version, ...headers.map((path) => readFileSync(path))]);

  const theirs = ['common/src', 'encoder/core/src', 'encoder/plus/src', 'processing/src']
    .flatMap((part) => files(join(folder, part), '.cpp'))
    .filter((path) => !LEFT_OUT.includes(basename(path)) && (scalar || basename(path) !== 'mc.cpp'));
  const own = files(OURS, '.cpp');
  const jobs = [...theirs, ...own].sort().map((path) => {
    const fast = HOT.includes(basename(path)) || path.startsWith(OURS);
    const flags = [...COMPILE, fast ? '-O2' : '-Oz', ...flagsOf(path, scalar)];
    // The folder of the sources is not told, since it is another on every machine.
    const name = `${basename(path, '.cpp')}-${hash([common, flags.join(' '), readFileSync(path)])}.o`;
    const object = join(KEPT, name);
    return { object, args: [...flags, ...includes.map((at) => `-I${at}`), path] };
  });
  await mkdir(KEPT, { recursive: true });
  const missing = jobs.filter(({ object }) => !existsSync(object));
  if (missing.length) console.error(`openh264: compiling ${missing.length} files`);
  await inTurn(missing, ({ object, args }) => written(object, (path) => execute(compiler, [...args, '-o', path])));

  const wasm = join(KEPT, `openh264-${hash([...LINK, ...OPTIMIZE, ...jobs.map(({ object }) => object)])}.wasm`);
  if (!existsSync(wasm)) {
    const objects = jobs.map(({ object }) => object);
    await written(wasm, async (path) => {
      await execute(compiler, [...LINK, ...objects, '-o', path]);
      await execute('node_modules/.bin/wasm-opt', [...OPTIMIZE, path, '-o', path]);
    });
  }
  return wasm;
}

/** The text under which OpenH264 may be given on, which goes with it. */
export function licenceOfOpenH264() {
  return join(dirname(sources().folder), 'LICENSE');
}

let found;

/** Where cargo has put OpenH264's sources, fetched if need be, and their checksum. */
function sources() {
  if (found) return found;
  const metadata = execFileSync('cargo', ['metadata', '--format-version', '1', '--locked'], {
    encoding: 'utf8',
    maxBuffer: 2 ** 27,
  });
  const { manifest_path } = JSON.parse(metadata).packages.find(({ name }) => name === 'openh264-sys2');
  const [, checksum] = /name = "openh264-sys2"[^[]*checksum = "(.+)"/.exec(readFileSync('Cargo.lock', 'utf8'));
  return (found = { folder: join(dirname(manifest_path), 'upstream/codec'), checksum });
}

/** The paths of all files below a folder whose names end so. */
function files(folder, end) {
  const names = readdirSync(folder, { recursive: true }).filter((name) => name.endsWith(end));
  return names.map((name) => join(folder, name)).sort();
}

function flagsOf(path, scalar) {
  const name = basename(path);
  // The one that `WelsLog` is a macro for.
  if (name === 'utils.cpp') return ['-DWelsLog=UnusedLog'];
  const flags = ['-include', 'prelude.h'];
  // Ours have these names; the first calls theirs.
  if (name === 'encoder.cpp' && !path.startsWith(OURS)) flags.push('-DInitFunctionPointers=InitScalarFunctions');
  if (name === 'vaacalcfuncs.cpp' && !scalar) flags.push('-DVAACalcSad_c=VAACalcSadScalar');
  if (scalar && path.startsWith(OURS)) flags.push('-DSCALAR');
  return flags;
}

/** Runs the work for each item, as many at once as there are processors, but no more than two. */
async function inTurn(items, work) {
  const queue = [...items];
  const worker = async () => {
    for (let item; (item = queue.shift());) await work(item);
  };
  await Promise.all(Array.from({ length: Math.min(2, availableParallelism()) }, worker));
}

/** Makes a file that is there whole or not at all. */
async function written(path, make) {
  const partial = `${path}.${process.pid}`;
  await make(partial);
  await rename(partial, path);
}

async function execute(command, args) {
  try {
    await promisify(execFile)(command, args, { maxBuffer: 2 ** 24 });
  } catch (error) {
    console.error(error.stderr || error.message);
    console.error(`openh264: ${command} failed; \`npm run build -- --without-openh264\` builds the package without it`);
    process.exit(1);
  }
}

function hash(parts) {
  const sum = createHash('sha256');
  for (const part of parts) sum.update(part).update('\0');
  return sum.digest('hex').slice(0, 16);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) console.log(await buildOpenH264());
