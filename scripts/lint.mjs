// Formatters, linters, type checks, doc comments, words and the size of the download. Changes no file.
import { run } from './run.mjs';
import { checkApi } from './api.mjs';
import { buildPackage } from './build.mjs';
import { checkSizes } from './sizes.mjs';
import { checkWords } from './words.mjs';

// The face's types are those of the built module.
await buildPackage();
await checkSizes();
await run('cargo', ['fmt', '--all', '--check']);
const deny = ['--', '-D', 'warnings'];
await run('cargo', ['clippy', '--locked', '--quiet', '--workspace', '--all-targets', ...deny]);
await run('cargo', [
  'clippy',
  '--locked',
  '--quiet',
  '--target',
  'wasm32-unknown-unknown',
  '--lib',
  '--test',
  'web',
  ...deny,
]);
await run('node_modules/.bin/prettier', ['--log-level', 'warn', '--check', '.']);
for (const project of [
  'tsconfig.json',
  'www',
  'tests/corpus',
  'tests/senders',
  'tests/faults',
  'tests/sync',
  'tests/node',
  'tests/openh264',
  'tests/e2e',
  'tests/face',
  'tests/docs',
  'tests/engines',
  'tests/packaging',
  'tests/uploads',
])
  await run('node_modules/.bin/tsc', ['-p', project]);
await checkWords();
await checkApi();
