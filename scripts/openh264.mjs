// Builds openh264.wasm: OpenH264's C++ of the crate that Cargo.lock pins, our kernels and what the module exports, by clang.
import { basename, join } from 'node:path';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { buildModule, filesBelow, sourcesOf } from './c-module.mjs';

const CRATE = 'openh264-sys2';
const OURS = 'openh264';

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
  const { checksum } = sourcesOf(CRATE);
  const folder = codec();
  const include = [
    'api/wels',
    'common/inc',
    'encoder/core/inc',
    'encoder/plus/inc',
    'processing/interface',
    'processing/src/common',
  ];
  const theirs = ['common/src', 'encoder/core/src', 'encoder/plus/src', 'processing/src']
    .flatMap((part) => filesBelow(join(folder, part), '.cpp'))
    .filter((path) => !LEFT_OUT.includes(basename(path)) && (scalar || basename(path) !== 'mc.cpp'));
  const own = filesBelow(OURS, '.cpp');
  return buildModule({
    name: 'openh264',
    common: [checksum, ...filesBelow(OURS, '.h').map((path) => readFileSync(path))],
    includes: [join(OURS, 'include'), join(OURS, 'src'), ...include.map((name) => join(folder, name))],
    units: [...theirs, ...own].sort().map((path) => {
      const fast = HOT.includes(basename(path)) || path.startsWith(OURS);
      return { path, flags: [...COMPILE, fast ? '-O2' : '-Oz', ...flagsOf(path, scalar)] };
    }),
    link: LINK,
    optimize: OPTIMIZE,
  });
}

/** The text under which OpenH264 may be given on, which goes with it. */
export function licenceOfOpenH264() {
  return join(codec(), '../LICENSE');
}

function codec() {
  return join(sourcesOf(CRATE).folder, 'upstream/codec');
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

if (process.argv[1] === fileURLToPath(import.meta.url)) console.log(await buildOpenH264());
