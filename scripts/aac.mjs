// Builds aac.wasm: the AAC-LC core of libxaac, C of the crate that Cargo.lock pins, and what the module exports, by clang.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildModule, filesBelow, sourcesOf } from './c-module.mjs';

const CRATE = 'libxaac-sys';
const OURS = 'aac/src';

/** The files of libxaac's encoder that AAC-LC takes. */
const CORE = [
  ...['adjust_threshold', 'basic_ops', 'bitbuffer', 'bitbuffer_hp', 'bits_count', 'block_switch'],
  ...['calc_ms_band_energy', 'channel_map', 'common_rom', 'dynamic_bits', 'enc_init', 'enc_main', 'fft', 'group_data'],
  ...['huffman_rom', 'interface', 'ms_stereo', 'psy_configuration', 'psy_mod', 'psy_utils', 'psy_utils_spreading'],
  ...['qc_main_hp', 'qc_util', 'quant', 'radix2_fft', 'rom', 'sf_estimation', 'static_bits', 'stereo_preproc'],
  ...['tns', 'tns_hp', 'tns_init', 'tns_params', 'write_bitstream'],
];

/** The tables of its transforms, which libxaac's encoder shares with its decoder. */
const TABLES = 'common/ixheaac_fft_ifft_32x32_rom.c';

const COMPILE = [
  '--target=wasm32-wasi',
  '-c',
  // The compiler is the one for C++.
  '-xc',
  '-std=c11',
  // As fast as -O2.
  '-Os',
  '-msimd128',
  '-fno-strict-aliasing',
  '-ffunction-sections',
  '-fdata-sections',
  '-fno-ident',
  '-w',
];
const LINK = [
  '--target=wasm32-wasi',
  '-O3',
  '-mexec-model=reactor',
  '-Wl,--gc-sections,--strip-debug,--stack-first,-z,stack-size=131072',
];

const FEATURES = ['bulk-memory', 'mutable-globals', 'nontrapping-float-to-int', 'sign-ext', 'simd'];
const OPTIMIZE = [
  '-O3',
  ...FEATURES.map((feature) => `--enable-${feature}`),
  '--strip-producers',
  '--strip-target-features',
];

/** Builds the module if it is not there already, and gives its path. */
export async function buildAac() {
  const { checksum } = sourcesOf(CRATE);
  const folder = libxaac();
  const theirs = [...CORE.map((name) => `encoder/ixheaace_${name}.c`), TABLES].map((name) => join(folder, name));
  return buildModule({
    name: 'aac',
    common: [checksum],
    includes: ['common', 'encoder', 'encoder/drc_src'].map((name) => join(folder, name)),
    units: [...theirs, ...filesBelow(OURS, '.c')].map((path) => ({ path, flags: COMPILE })),
    link: LINK,
    optimize: OPTIMIZE,
  });
}

/** The text under which libxaac may be given on, which goes with it, below its notice of who wrote it. */
export function licenceOfAac() {
  const [notice, licence] = ['NOTICE', 'LICENSE'].map((name) => readFileSync(join(libxaac(), name), 'utf8'));
  return `${notice}\n${licence}`;
}

function libxaac() {
  return join(sourcesOf(CRATE).folder, 'libxaac');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) console.log(await buildAac());
