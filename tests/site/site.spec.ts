import { readdirSync } from 'node:fs';
import { resolve, sep } from 'node:path';
import { pathToFileURL } from 'node:url';
import AxeBuilder from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { expect, test } from '../e2e/support/fixtures.js';

const SITE = 'target/site';

/** Every page, with the demo page. */
const pages = readdirSync(SITE, { recursive: true })
  .map((name) => String(name).replaceAll(sep, '/'))
  .filter((name) => name.endsWith('.html'));

/** One page of each kind: text, tables, listings, long names, drawings, a form. */
const KINDS = [
  'index.html',
  'guide/index.html',
  'guide/received.html',
  'guide/controls.html',
  'api/trackreel/react.html',
  'architecture/index.html',
  'engines.html',
  'changelog.html',
  'demo/index.html',
];

const DESK = { width: 1366, height: 900 };
const PHONE = { width: 375, height: 812 };
/** On a phone the bar, tables, long names and the form differ. */
const LOOKS = [
  { name: 'light', colorScheme: 'light', viewport: DESK, kinds: KINDS },
  { name: 'dark', colorScheme: 'dark', viewport: DESK, kinds: KINDS },
  {
    name: 'a phone',
    colorScheme: 'light',
    viewport: PHONE,
    kinds: ['index.html', 'guide/controls.html', 'api/trackreel/react.html', 'demo/index.html'],
  },
] as const;

/** Opens a page; the demo page with its picture, since its text changes until then. */
async function open(page: Page, path: string): Promise<void> {
  expect((await page.goto(path))!.status()).toBe(200);
  if (path.startsWith('demo/')) await expect(page.locator('#received')).not.toHaveText('Nothing received yet');
}

const isWiderThanScreen = (page: Page) =>
  page.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth);

for (const { name, colorScheme, viewport, kinds } of LOOKS) {
  test.describe(`on ${name}`, () => {
    test.use({ colorScheme, viewport });

    for (const path of kinds) {
      test(`axe finds nothing in ${path}`, async ({ page }) => {
        await open(page, path);
        const { violations } = await new AxeBuilder({ page }).analyze();
        expect(violations.map(({ id, nodes }) => ({ id, nodes: nodes.map(({ html }) => html) }))).toEqual([]);
      });
    }
  });
}

// Tables and listings are wider than a phone, and scroll in their own box.
test('no page is wider than a phone', async ({ page }) => {
  await page.setViewportSize(PHONE);
  expect(pages.length).toBeGreaterThan(70);
  const wide: string[] = [];
  for (const path of pages) {
    await page.goto(path);
    if (await isWiderThanScreen(page)) wide.push(path);
  }
  expect(wide).toEqual([]);
  await page.goto('index.html');
  const table = page.locator('.table').first();
  expect(await table.evaluate((box) => box.scrollWidth > box.clientWidth)).toBe(true);
});

test('all that a page loads comes from the site', async ({ page, baseURL }) => {
  const others: string[] = [];
  page.on('request', (request) => {
    const url = request.url();
    if (!url.startsWith(baseURL!) && !/^(blob|data):/.test(url)) others.push(url);
  });
  for (const path of KINDS) await open(page, path);
  expect(others).toEqual([]);
});

test('the keyboard skips to the content, past all pages', async ({ page }) => {
  await page.goto('guide/received.html');
  await page.keyboard.press('Tab');
  const skip = page.getByRole('link', { name: 'Skip to content' });
  await expect(skip).toBeFocused();
  await expect(skip).toBeInViewport();
  await page.keyboard.press('Enter');
  await expect(page.locator('main')).toBeFocused();
});

test('a link to a heading shows it below the bar', async ({ page }) => {
  await page.goto('guide/saving.html');
  const contents = page.getByRole('navigation', { name: 'On this page' });
  await contents.getByRole('link', { name: 'For an editor' }).click();
  await expect(page).toHaveURL(/#for-an-editor$/);
  const heading = page.getByRole('heading', { name: 'For an editor' });
  await expect(heading).toBeInViewport({ ratio: 1 });
  const bar = await page.locator('body > header').boundingBox();
  expect((await heading.boundingBox())!.y).toBeGreaterThan(bar!.y + bar!.height);
});

test.describe('without scripts', () => {
  test.use({ javaScriptEnabled: false, viewport: PHONE });

  test('a phone opens the list of pages, and goes to another one', async ({ page }) => {
    await page.goto('guide/received.html');
    const list = page.getByRole('navigation', { name: 'Pages' });
    await expect(list).toBeHidden();
    await page.getByRole('button', { name: 'Pages' }).click();
    await expect(list).toBeVisible();
    await expect(list.getByRole('link', { name: 'What you receive is what you keep' })).toHaveAttribute(
      'aria-current',
      'page',
    );
    await list.getByText('Reference', { exact: true }).click();
    await list.getByRole('link', { name: 'trackreel/react' }).click();
    await expect(page.getByRole('heading', { level: 1 })).toHaveText('trackreel/react');
  });
});

test('the site can be read from a disk', async ({ page }) => {
  await page.goto(pathToFileURL(resolve(SITE, 'index.html')).href);
  await expect(page.locator('body > header')).toHaveCSS('position', 'sticky');
  await page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: 'Saving a file' }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Saving a file');
  await page.getByRole('link', { name: 'This page as Markdown' }).click();
  await expect(page.locator('body')).toContainText('# Saving a file');
});

test('the demo page records, and leads back to the documents', async ({ page }) => {
  await page.goto('index.html');
  await page.locator('body > header').getByRole('link', { name: 'Demo' }).click();
  await page.getByRole('button', { name: 'Record', exact: true }).click();
  await page.waitForFunction(() => trackreelDemo.recorder!.progress.duration > 1);
  await page.getByRole('button', { name: 'Stop', exact: true }).click();
  await expect(page.locator('#indicator')).toHaveText('Not recording');
  await expect(page.locator('#reels img')).toHaveCount(1);
  expect(await page.evaluate(() => trackreelDemo.recorder!.progress.frames)).toBeGreaterThan(0);
  await page.getByRole('link', { name: 'Documents' }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('trackreel');
  await expect(page.getByRole('navigation', { name: 'Pages' })).toBeVisible();
});
