// Writes THIRD-PARTY-NOTICES: what the shipped modules contain that others wrote, with the licences. Lint compares it. Nothing is fetched.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { licenceOfAac } from './aac.mjs';
import { licenceOfOpenH264 } from './openh264.mjs';

const FILE = 'THIRD-PARTY-NOTICES';
const TARGET = 'wasm32-unknown-unknown';

/** What wasm-bindgen depends on to check its version when it is compiled. No function of it is in the module; `checkNotices` checks that. */
const NOT_LINKED = ['unicode-ident'];

/** Where clang's libraries come from, and which parts are linked. */
const LIBRARIES = {
  'libc++': '/usr/share/doc/libc++-22-dev-wasm32/copyright',
  'libc++abi': '/usr/share/doc/libc++abi-22-dev-wasm32/copyright',
  'compiler-rt': '/usr/share/doc/libclang-rt-22-dev-wasm32/copyright',
};
const WASI_LIBC = '/usr/share/doc/wasi-libc/copyright';

/** The whole text. */
export function notices() {
  const crates = linkedCrates();
  const sections = [
    `trackreel is licensed under MIT OR Apache-2.0: see LICENSE-MIT and LICENSE-APACHE. The files of pkg/ also contain the
work of others, which is listed here with its licences. \`node scripts/notices.mjs\` writes this list.`,
    heading('pkg/trackreel_bg.wasm and the code around it: Rust crates'),
    crates.map(({ name, version, license }) => `- ${name} ${version}: ${license}`).join('\n'),
    `Where a crate has a choice, its MIT licence is used.`,
    ...textsOf(crates),
    heading("pkg/trackreel_bg.wasm: Rust's standard library"),
    `The standard library of Rust, with the crates that it consists of: MIT OR Apache-2.0, and for compiler_builtins also
Apache-2.0 WITH LLVM-exception. The MIT licence is used.`,
    `Copyright (c) The Rust Project Contributors\n\n${mitBody(crates)}`,
    heading('pkg/openh264.wasm: OpenH264, BSD-2-Clause'),
    readFileSync(licenceOfOpenH264(), 'utf8'),
    heading('pkg/aac.wasm: libxaac, Apache-2.0'),
    // The licence's own text is in the package once.
    `${licenceOfAac().split(/\n\s*Apache License\n/)[0]}\n\nThe text of the Apache License 2.0 is in LICENSE-APACHE.`,
    heading("pkg/openh264.wasm and pkg/aac.wasm: LLVM's libraries, Apache-2.0 WITH LLVM-exception"),
    `${Object.keys(LIBRARIES).join(', ')}. The text of the Apache License 2.0 is in LICENSE-APACHE.`,
    ...new Set(Object.values(LIBRARIES).map(llvmException)),
    heading('pkg/openh264.wasm and pkg/aac.wasm: wasi-libc, as its package describes it'),
    readFileSync(WASI_LIBC, 'utf8'),
  ];
  return `${sections.map((section) => section.trim()).join('\n\n')}\n`.replaceAll('\r\n', '\n');
}

/** Ends with an error if the committed text is another, or if a crate is linked that it lists as not linked. */
export function checkNotices() {
  const map = `target/${TARGET}/release/trackreel.map`;
  const linked = existsSync(map) ? readFileSync(map, 'utf8') : '';
  for (const name of NOT_LINKED)
    if (linked.includes(name.replaceAll('-', '_')))
      fail(`${name} is linked: take it from NOT_LINKED in scripts/notices.mjs`);
  if (existsSync(FILE) && readFileSync(FILE, 'utf8') === notices()) return;
  fail(`${FILE} is out of date: node scripts/notices.mjs writes it`);
}

/** The crates that the main module is linked from, without ours: the package's dependencies, without macros and build scripts. */
function linkedCrates() {
  const options = ['metadata', '--format-version', '1', '--locked', '--offline', '--filter-platform', TARGET];
  const { packages, resolve } = JSON.parse(execFileSync('cargo', options, { encoding: 'utf8', maxBuffer: 2 ** 27 }));
  const byId = new Map(packages.map((crate) => [crate.id, crate]));
  const nodes = new Map(resolve.nodes.map((node) => [node.id, node]));
  const isMacro = ({ targets }) => targets.some(({ kind }) => kind.includes('proc-macro'));
  const linked = new Set();
  const add = (id) => {
    const crate = byId.get(id);
    if (linked.has(crate) || isMacro(crate) || NOT_LINKED.includes(crate.name)) return;
    linked.add(crate);
    const isNormal = ({ dep_kinds }) => dep_kinds.some(({ kind }) => kind === null);
    for (const dep of nodes.get(id).deps.filter(isNormal)) add(dep.pkg);
  };
  add(packages.find(({ name, source }) => name === 'trackreel' && source === null).id);
  return [...linked].filter(({ source }) => source !== null).sort((one, other) => (one.name < other.name ? -1 : 1));
}

/** The licences' texts, each once, below the names of the crates that have it. */
function textsOf(crates) {
  const namesOf = new Map();
  for (const crate of crates) {
    const text = licenceOf(crate) ?? `Copyright (c) ${crate.authors.join(', ')}\n\n${mitBody(crates)}`;
    namesOf.set(text, [...(namesOf.get(text) ?? []), crate.name]);
  }
  return [...namesOf].map(([text, names]) => `${names.join(', ')}:\n\n${text}`);
}

function licenceOf({ name, license, manifest_path }) {
  const folder = dirname(manifest_path);
  const files = readdirSync(folder).filter((file) => /^(licen[cs]e|copying)/i.test(file));
  const file = files.find((file) => /mit/i.test(file)) ?? files.find((file) => !/apache/i.test(file));
  if (!/\bMIT\b/.test(license)) fail(`${name} is ${license}, and not MIT: scripts/notices.mjs has no place for it`);
  return file && readFileSync(join(folder, file), 'utf8').trim();
}

/** The MIT licence without a line of copyright, for a crate that comes without its text. */
function mitBody(crates) {
  const text = licenceOf(crates.find(({ name }) => name === 'cfg-if'));
  return text.slice(text.indexOf('Permission is hereby granted'));
}

/** Who wrote LLVM, and what its licence adds to the Apache License. */
function llvmException(path) {
  const [, text] = /^(Copyright:[^]*?)\n\nFiles:/m.exec(readFileSync(path, 'utf8').replace(/^[^]*?\nFiles: \*\n/, ''));
  return text.replaceAll(/^ \.$/gm, '');
}

function heading(text) {
  return `${'='.repeat(100)}\n${text}\n${'='.repeat(100)}`;
}

function fail(text) {
  console.error(`notices: ${text}`);
  process.exit(1);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(FILE, notices());
