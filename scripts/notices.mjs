// npm run notices: writes THIRD-PARTY-NOTICES, the licences of all that is linked into what the package ships.
import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { licenceOfAac } from './aac.mjs';
import { licenceOfOpenH264 } from './openh264.mjs';

const COMMITTED = 'THIRD-PARTY-NOTICES';
const TARGET = 'wasm32-unknown-unknown';
/** Of a crate that leaves the choice. Another text is there where it applies besides. */
const TEXTS = ['LICENSE-MIT', 'LICENSE', 'LICENSE-UNICODE'];

const HEADING = `The package contains these works of others, in its WebAssembly modules and their JavaScript. Their licences follow.

What a page does not download, it does not ship: openh264.wasm and aac.wasm are files of their own.`;

/** Ends this script with an error if the committed notices are not of what is linked now. */
export async function checkNotices() {
  if ((await readFile(COMMITTED, 'utf8')) === notices()) return;
  console.error(`${COMMITTED} is not of what is linked now: npm run notices`);
  process.exit(1);
}

function notices() {
  const parts = [
    HEADING,
    ...crates().map(noticeOf),
    `OpenH264 (openh264.wasm)\nBSD-2-Clause\n\n${readFileSync(licenceOfOpenH264(), 'utf8').trim()}`,
    `libxaac (aac.wasm)\nApache-2.0\n\n${licenceOfAac().trim()}`,
    readFileSync('scripts/notices/libraries.txt', 'utf8').trim(),
  ];
  return `${parts.join(`\n\n${'-'.repeat(80)}\n\n`)}\n`;
}

/** The crates of others that the module is linked from, as cargo's metadata has them. */
function crates() {
  const cargo = (...args) => execFileSync('cargo', [...args, '--locked'], { encoding: 'utf8', maxBuffer: 1e8 });
  const tree = cargo('tree', '--target', TARGET, '-e', 'normal,no-proc-macro', '--prefix', 'none', '-p', 'trackreel');
  const linked = new Set([...tree.matchAll(/^([\w-]+) v([\d.]+)/gm)].map(([, name, version]) => `${name} ${version}`));
  const { packages } = JSON.parse(cargo('metadata', '--format-version', '1', '--filter-platform', TARGET));
  const isLinked = ({ name, version, source }) => source && linked.has(`${name} ${version}`);
  return packages.filter(isLinked).sort((a, b) => (a.name < b.name ? -1 : 1));
}

function noticeOf({ name, version, license, authors, manifest_path: manifest }) {
  const folder = dirname(manifest);
  const found = readdirSync(folder).filter((file) => TEXTS.includes(file));
  const texts = found.map((file) => readFileSync(join(folder, file), 'utf8').trim());
  // The repository has the text, and the crate does not.
  if (!texts.length) texts.push(`Copyright (c) ${authors.join(', ')}\n\n${permission()}`);
  return [`${name} ${version}\n${license}`, ...texts].join('\n\n');
}

/** The text of the MIT licence, below who wrote something. */
function permission() {
  const text = readFileSync('LICENSE-MIT', 'utf8');
  return text.slice(text.indexOf('Permission is hereby')).trim();
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await writeFile(COMMITTED, notices());
