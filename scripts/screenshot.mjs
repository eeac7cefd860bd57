// Takes the README's picture of the page: docs/page.png.
import { buildPackage } from './build.mjs';
import { buildPage, servePage } from './page.mjs';
import { ensureBrowsers } from './setup.mjs';

await buildPackage();
await buildPage();
ensureBrowsers();
const { launchChromium } = await import('./browser.mjs');
const server = await servePage();
const browser = await launchChromium();
const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
await page.goto(server.url);
await page.getByRole('button', { name: 'Record', exact: true }).click();
await page.waitForFunction(() => trackreelDemo.recorder.progress.time > 12);
await page.screenshot({ path: 'docs/page.png' });
await browser.close();
await server.close();
