// npm test: sets up, builds, and runs every test: native, in Node, in a browser's worker, end to end, as npm ships it, and in other
// engines. `npm test -- native`, `-- node`, `-- web`, `-- openh264`, `-- aac` run a part, and so do `-- e2e`, `-- face` (React and the element),
// `-- docs`, `-- site`, `-- packaging`, `-- uploads` (to servers that speak S3 and tus), `-- senders` and `-- engines`, each with Playwright's options. `npm test -- quick` runs what needs no
// browser and no build of the package: native and node. `--no-install` names what is missing instead of installing it.
import { readdir, rm } from 'node:fs/promises';
import { delimiter, dirname } from 'node:path';
import { buildPackage } from './build.mjs';
import { buildPage } from './page.mjs';
import { run, runTogether } from './run.mjs';
import { buildSite } from './site.mjs';
import {
  checkInstalled,
  ensureBrowsers,
  ensureDesktop,
  ensureEngines,
  ensurePython,
  ensureToolchain,
} from './setup.mjs';

const PARTS = [
  'native',
  'node',
  'web',
  'openh264',
  'aac',
  'e2e',
  'face',
  'docs',
  'site',
  'packaging',
  'uploads',
  'senders',
  'engines',
];

const [part, ...options] = process.argv.slice(2).filter((option) => option !== '--no-install');
if (part !== undefined && part !== 'quick' && !PARTS.includes(part)) {
  console.error(`there is no part '${part}'; usage: npm test [-- quick | ${PARTS.join(' | ')}]`);
  process.exit(2);
}
/** What needs no browser. */
const QUICK = ['native', 'node'];
const wanted = (name) => part === undefined || part === name || (part === 'quick' && QUICK.includes(name));
/** What tests the built package. */
const buildsPackage = PARTS.some((name) => wanted(name) && ![...QUICK, 'web'].includes(name));
const needsBrowsers = PARTS.some((name) => wanted(name) && !QUICK.includes(name));
checkInstalled([
  'toolchain',
  ...(buildsPackage ? ['clang'] : []),
  ...(needsBrowsers ? ['browsers'] : []),
  ...['engines', 'senders', 'uploads'].filter(wanted),
]);
const { wasmBindgen } = await ensureToolchain();
if (needsBrowsers) ensureBrowsers();
// The last word, whatever fails before.
const engines = wanted('engines') ? ensureEngines() : [];
const senders = wanted('senders') ? ensurePython('senders') : {};
const uploads = wanted('uploads') ? ensurePython('uploads') : {};
const noDesktop = wanted('uploads') ? ensureDesktop() : undefined;
process.on('exit', () => {
  for (const { name, reason } of engines) console.error(`NOT RUN: the tests in ${name.toUpperCase()}: ${reason}`);
  if (uploads.reason) console.error(`NOT RUN: the tests of UPLOADS: ${uploads.reason}`);
  if (noDesktop) console.error(`NOT RUN: the test of the FILE PICKER: ${noDesktop}`);
  if (senders.reason) console.error(`NOT RUN: the tests of SENDERS: ${senders.reason}`);
});

// A filter is cargo's, such as `timeline::`.
if (wanted('native')) await run('cargo', ['test', '--locked', '--workspace', ...(part === 'native' ? options : [])]);
if (wanted('node')) {
  const settings = ['--enable-source-maps', '--test', '--test-timeout', '120000', '--test-reporter', 'spec'];
  await run(process.execPath, [...settings, ...options, ...(await nodeTests())]);
}
if (wanted('web')) {
  const env = {
    // The tests' runner lies beside wasm-bindgen.
    PATH: [dirname(wasmBindgen), process.env.PATH].join(delimiter),
    CHROMEDRIVER: process.env.CHROMEDRIVER ?? '/usr/bin/chromedriver',
    WASM_BINDGEN_TEST_TIMEOUT: '120',
  };
  await run('cargo', ['test', '--locked', '--target', 'wasm32-unknown-unknown', '--test', 'web'], { env });
}
if (buildsPackage) await buildPackage();
if (wanted('openh264')) await run(process.execPath, ['--test', ...options, 'tests/openh264/']);
if (wanted('aac')) await run(process.execPath, ['--test', ...options, 'tests/aac/']);
if (wanted('e2e')) {
  await buildPage();
  await buildPage('tests/corpus/vite.config.ts');
  await run('node_modules/.bin/playwright', ['test', '--config', 'tests/e2e/playwright.config.ts', ...options]);
}
if (wanted('face')) await buildPage('tests/face/vite.config.ts');
if (wanted('docs')) await buildPage('tests/docs/vite.config.ts');
if (wanted('site')) await buildSite();
if (wanted('uploads') && uploads.python) await buildPage();
// Mostly they wait: two of them at once leave room on two cores.
const lanes = [
  ['face', 'docs'],
  ['packaging', 'site', ...(uploads.python ? ['uploads'] : [])],
].map((names) => names.filter(wanted).map(playwright));
await runTogether(lanes.filter((commands) => commands.length > 0));
if (wanted('senders') && senders.python) {
  await buildPage('tests/senders/vite.config.ts');
  const [command, ...args] = playwright('senders');
  await run(command, args);
}
if (wanted('engines')) {
  await buildPage('tests/engines/vite.config.ts');
  const env = { TRACKREEL_WHOLE: String(part === undefined) };
  await run('node_modules/.bin/playwright', ['test', '--config', 'tests/engines/playwright.config.ts', ...options], {
    env,
  });
}

/** The command that runs the tests of a folder in browsers. */
function playwright(name) {
  return ['node_modules/.bin/playwright', 'test', '--config', `tests/${name}/playwright.config.ts`, ...options];
}

/** Compiles the tests of plain TypeScript, which Node 20 can't read; returns their files. */
async function nodeTests() {
  const { build } = await import('esbuild');
  const outdir = 'target/node-tests';
  await rm(outdir, { recursive: true, force: true });
  const names = (await readdir('tests/node')).filter((name) => name.endsWith('.test.ts'));
  const define = {
    WITH_AAC: 'true',
    WITH_OPENH264: 'true',
    WORKER_FILE: JSON.stringify('./worker.js'),
    WORKER_NAME: JSON.stringify('trackreel-worker'),
  };
  await build({
    entryPoints: names.map((name) => `tests/node/${name}`),
    outdir,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    keepNames: true,
    sourcemap: 'inline',
    logLevel: 'warning',
    define,
  });
  return names.map((name) => `${outdir}/${name.replace(/ts$/, 'mjs')}`);
}
