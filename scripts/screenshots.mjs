// npm run screenshots: takes the README's pictures of the page, from the page itself, into docs/images/.
import { mkdir } from 'node:fs/promises';
import { buildPackage } from './build.mjs';
import { buildPage, servePage } from './page.mjs';
import { ensureBrowsers } from './setup.mjs';

const TO = 'docs/images';

if (!process.argv.includes('--as-built')) {
  await buildPackage();
  await buildPage();
  ensureBrowsers();
}
const { launchChromium } = await import('./browser.mjs');
await mkdir(TO, { recursive: true });
const server = await servePage();
const browser = await launchChromium();
const context = await browser.newContext({
  viewport: { width: 1280, height: 1120 },
  colorScheme: 'light',
  locale: 'en-GB',
});
const page = await context.newPage();
const press = (name) => page.getByRole('button', { name, exact: true }).click();
const reach = (seconds) => page.waitForFunction((time) => trackreelDemo.recorder.progress.duration > time, seconds);
const take = (name) => page.screenshot({ path: `${TO}/${name}.png` });

// A separate reel, then one that is paused, is static, continues, and is interrupted.
await page.goto(server.url);
await press('Record');
await reach(8);
await press('Stop');
await page.goto(`${server.url}?codec=VP9`);
await press('Record');
await reach(4);
await press('Pause');
await page.waitForFunction(() => trackreelDemo.recorder.progress.drops.paused > 60);
await press('Resume');
await reach(8);
await press('Pause the sender');
await page.waitForFunction(() => trackreelDemo.recorder.progress.drops.freeze > 100);
await page.emulateMedia({ colorScheme: 'dark' });
await take('still');
await page.emulateMedia({ colorScheme: 'light' });
await press('Pause the sender');
await reach(12);
await take('recording');
await page.getByRole('button', { name: 'Export', exact: true }).click();
await page.getByText('Ready.').waitFor();
await page.waitForFunction(() => document.querySelector('#preview').readyState >= 2);
await take('export');
await page.reload();
await page.getByRole('region', { name: 'Interrupted recording' }).waitFor();
await page.locator('#reels img').nth(1).waitFor();
await page.locator('#curtain').waitFor({ state: 'hidden' });
await take('recovery');
await press('Later');
await page.getByRole('heading', { name: 'Reels on this device' }).scrollIntoViewIfNeeded();
await page.setViewportSize({ width: 390, height: 844 });
await page.emulateMedia({ colorScheme: 'dark' });
await press('Record');
await reach(3);
await page.evaluate(() => scrollTo(0, 0));
await take('phone');
await browser.close();
await server.close();
