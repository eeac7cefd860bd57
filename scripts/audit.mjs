// npm run audit: whether a dependency has a known fault, a licence that is not accepted, or another source than it should. Takes a
// network for the lists of known faults. `npm run audit -- --offline` checks the licences, duplicates and sources of crates alone.
import { parseArgs } from 'node:util';
import { run } from './run.mjs';
import { ensureDeny } from './setup.mjs';

const { offline } = readArguments();
const cargoDeny = ensureDeny();
const checks = offline ? ['licenses', 'bans', 'sources'] : [];
// Offline, the crates of this workspace are there, but maybe not those of the fuzz targets.
for (const manifest of ['Cargo.toml', ...(offline ? [] : ['fuzz/Cargo.toml'])]) {
  const settings = [
    '--manifest-path',
    manifest,
    '--config',
    'deny.toml',
    '--workspace',
    '--locked',
    ...(offline ? ['--offline'] : []),
  ];
  // Duplicates are shown without the trees that lead to them.
  await run(cargoDeny, [...settings, 'check', '--hide-inclusion-graph', ...checks]);
}
if (!offline) await run('npm', ['audit', '--audit-level', 'moderate']);

function readArguments() {
  try {
    return parseArgs({ options: { offline: { type: 'boolean', default: false } } }).values;
  } catch (error) {
    console.error(`${error.message}\nusage: npm run audit -- [--offline]`);
    process.exit(2);
  }
}
