// npm test: sets up, builds, and runs every test: native, in a browser's worker, and end to end.
// `npm test -- native`, `-- web`, `-- openh264`, `-- e2e [Playwright's options]` run a part.
import { delimiter, dirname } from 'node:path';
import { buildPackage } from './build.mjs';
import { buildPage } from './page.mjs';
import { run } from './run.mjs';
import { ensureBrowsers, ensureToolchain } from './setup.mjs';

const [part, ...options] = process.argv.slice(2);
const wanted = (name) => part === undefined || part === name;
const { wasmBindgen } = await ensureToolchain();
ensureBrowsers();

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
if (wanted('openh264')) {
  await buildPackage();
  await run(process.execPath, ['--test', ...options, 'tests/openh264/']);
}
if (wanted('e2e')) {
  await buildPackage();
  await buildPage();
  await buildPage('tests/corpus/vite.config.ts');
  await run('node_modules/.bin/playwright', ['test', '--config', 'tests/e2e/playwright.config.ts', ...options]);
}
