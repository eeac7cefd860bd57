// npm test: sets up, builds, and runs every test: native, in a browser's worker, end to end, as npm ships it, and in other engines.
// `npm test -- native`, `-- web`, `-- openh264` run a part, and so do `-- e2e`, `-- face` (React and the element), `-- docs`,
// `-- packaging`, `-- senders` and `-- engines`, each with Playwright's options.
import { delimiter, dirname } from 'node:path';
import { buildPackage } from './build.mjs';
import { buildPage } from './page.mjs';
import { run } from './run.mjs';
import { ensureBrowsers, ensureEngines, ensureSenders, ensureToolchain } from './setup.mjs';

const PARTS = ['native', 'web', 'openh264', 'e2e', 'face', 'docs', 'packaging', 'senders', 'engines'];

const [part, ...options] = process.argv.slice(2);
if (part !== undefined && !PARTS.includes(part)) {
  console.error(`there is no part '${part}'; usage: npm test [-- ${PARTS.join(' | ')}]`);
  process.exit(2);
}
const wanted = (name) => part === undefined || part === name;
const { wasmBindgen } = await ensureToolchain();
ensureBrowsers();
// The last word, whatever fails before.
const engines = wanted('engines') ? ensureEngines() : [];
const senders = wanted('senders') ? ensureSenders() : {};
process.on('exit', () => {
  for (const { name, reason } of engines) console.error(`NOT RUN: the tests in ${name.toUpperCase()}: ${reason}`);
  if (senders.reason) console.error(`NOT RUN: the tests of SENDERS: ${senders.reason}`);
});

if (wanted('native')) await run('cargo', ['test', '--locked', '--workspace']);
if (wanted('web')) {
  const env = {
    // The tests' runner lies beside wasm-bindgen.
    PATH: [dirname(wasmBindgen), process.env.PATH].join(delimiter),
    CHROMEDRIVER: process.env.CHROMEDRIVER ?? '/usr/bin/chromedriver',
    WASM_BINDGEN_TEST_TIMEOUT: '120',
  };
  await run('cargo', ['test', '--locked', '--target', 'wasm32-unknown-unknown', '--test', 'web'], { env });
}
if (['openh264', 'e2e', 'face', 'docs', 'packaging', 'senders', 'engines'].some(wanted)) await buildPackage();
if (wanted('openh264')) await run(process.execPath, ['--test', ...options, 'tests/openh264/']);
if (wanted('e2e')) {
  await buildPage();
  await buildPage('tests/corpus/vite.config.ts');
  await run('node_modules/.bin/playwright', ['test', '--config', 'tests/e2e/playwright.config.ts', ...options]);
}
if (wanted('face')) {
  await buildPage('tests/face/vite.config.ts');
  await run('node_modules/.bin/playwright', ['test', '--config', 'tests/face/playwright.config.ts', ...options]);
}
if (wanted('docs')) {
  await buildPage('tests/docs/vite.config.ts');
  await run('node_modules/.bin/playwright', ['test', '--config', 'tests/docs/playwright.config.ts', ...options]);
}
if (wanted('packaging')) {
  await run('node_modules/.bin/playwright', ['test', '--config', 'tests/packaging/playwright.config.ts', ...options]);
}
if (wanted('senders') && senders.python) {
  await buildPage('tests/senders/vite.config.ts');
  await run('node_modules/.bin/playwright', ['test', '--config', 'tests/senders/playwright.config.ts', ...options]);
}
if (wanted('engines')) {
  await buildPage('tests/engines/vite.config.ts');
  await run('node_modules/.bin/playwright', ['test', '--config', 'tests/engines/playwright.config.ts', ...options]);
}
