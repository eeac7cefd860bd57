// Formatters, linters, type checks, doc comments, words and the size of the download. Changes no file.
import { availableParallelism } from 'node:os';
import { run } from './run.mjs';
import { checkApi } from './api.mjs';
import { buildPackage } from './build.mjs';
import { checkCircles } from './circles.mjs';
import { checkNotices } from './notices.mjs';
import { checkSizes } from './sizes.mjs';
import { checkSurface } from './surface.mjs';
import { checkWords } from './words.mjs';

// The face's types are those of the built module.
await buildPackage();
await checkSizes();
checkNotices();

const deny = ['--', '-D', 'warnings'];
const wasm = ['--target', 'wasm32-unknown-unknown', '--lib', '--test', 'web'];
const PROJECTS = [
  'tests/e2e',
  'tests/face',
  'tests/docs',
  'tests/site',
  'tests/engines',
  'tests/uploads',
  'tests/packaging',
  'tests/senders',
  'www',
  'tests/node',
  'tests/corpus',
  'tests/sync',
  'tsconfig.json',
  'tests/faults',
  'tests/openh264',
];
/** The checks, the longest first. cargo's commands wait for each other, so that they are one. */
const CHECKS = [
  async () => {
    await run('cargo', ['fmt', '--all', '--check']);
    await run('cargo', ['clippy', '--locked', '--quiet', '--workspace', '--all-targets', ...deny]);
    await run('cargo', ['clippy', '--locked', '--quiet', ...wasm, ...deny]);
    const strict = { env: { RUSTDOCFLAGS: '-D warnings' } };
    const docs = ['doc', '--locked', '--quiet', '--no-deps', '--document-private-items'];
    await run('cargo', [...docs, '--workspace'], strict);
    await run('cargo', [...docs, '--target', 'wasm32-unknown-unknown', '--lib'], strict);
  },
  // It makes the types of all projects, for rules that need them.
  () => run('node_modules/.bin/eslint', ['--max-warnings', '0', '.']),
  () => run('node_modules/.bin/prettier', ['--log-level', 'warn', '--check', '.']),
  checkApi,
  checkCircles,
  checkSurface,
  ...PROJECTS.map((project) => () => run('node_modules/.bin/tsc', ['-p', project])),
  checkWords,
];
// As many at a time as there are cores. The first that fails ends all.
const lane = async () => {
  for (let check = CHECKS.shift(); check; check = CHECKS.shift()) await check();
};
await Promise.all(Array.from({ length: availableParallelism() }, lane));
