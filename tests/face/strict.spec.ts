import { fileURLToPath } from 'node:url';
import { expect, test } from '../e2e/support/fixtures.js';

const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'none'; img-src data:; require-trusted-types-for 'script'; trusted-types 'none'";

// The console reports what the policy refuses.
test('the element shows itself where no inline style and no HTML from text is allowed', async ({ page }) => {
  await page.route('**/controls.html', async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, headers: { ...response.headers(), 'content-security-policy': POLICY } });
  });
  const response = await page.goto('/controls.html');
  expect(response!.headers()['content-security-policy']).toBe(POLICY);
  const record = page.getByRole('button', { name: 'Record', exact: true });
  await expect(record).toHaveCSS('display', 'flex');
});

test('a second copy of the module leaves the first one alone', async ({ page }) => {
  const pkg = fileURLToPath(new URL('../../pkg', import.meta.url));
  await page.route('**/pkg/*', (route) =>
    route.fulfill({ path: pkg + new URL(route.request().url()).pathname.slice('/pkg'.length) }),
  );
  await page.goto('/controls.html');
  await page.waitForFunction(() => customElements.get('trackreel-controls'));
  const isSame = await page.evaluate(async () => {
    const before = customElements.get('trackreel-controls');
    const module = '/pkg/controls.js';
    const { TrackreelControls } = await import(module);
    return [customElements.get('trackreel-controls') === before, TrackreelControls === before];
  });
  expect(isSame).toEqual([true, false]);
});
