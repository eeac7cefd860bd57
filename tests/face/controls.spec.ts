import AxeBuilder from '@axe-core/playwright';
import { readFile } from 'node:fs/promises';
import type { Page } from '@playwright/test';
import { expect, test } from '../e2e/support/fixtures.js';
import { readMovie } from '../e2e/support/movie.js';
import { expectPlayable } from '../e2e/support/witness.js';
import type { TrackreelControls } from '../../js/controls.js';
import type { Loopback } from '../../www/loopback/index.js';

declare global {
  var call: Loopback;
  var controls: TrackreelControls;
}

test.beforeEach(async ({ page }) => {
  await page.goto('/controls.html');
  await page.waitForFunction(() => globalThis.controlsStage);
  await page.evaluate(async () => {
    globalThis.controls = document.querySelector('trackreel-controls')!;
    globalThis.call = await controlsStage.connect();
    controls.stream = call.stream;
    controlsStage.listen();
  });
});

const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true });
const statusOf = (page: Page) => page.getByRole('status');
const lasts = (page: Page, seconds: number) =>
  page.waitForFunction((seconds) => controls.status.duration >= seconds, seconds);

test('with the mouse: record, pause, resume, save, stop', async ({ page }) => {
  const events = await page.evaluateHandle(() => {
    const reported: string[] = [];
    for (const type of ['start', 'pause', 'resume', 'export', 'stop', 'error'] as const) {
      controls.addEventListener(type, () => reported.push(type));
      document.addEventListener(type, () => reported.push(`${type} at the document`));
    }
    return reported;
  });
  await expect(button(page, 'Save')).toHaveAttribute('aria-disabled', 'true');
  await button(page, 'Record').click();
  await expect(statusOf(page)).toHaveText('Recording');
  await lasts(page, 1);
  await button(page, 'Pause').click();
  await expect(statusOf(page)).toHaveText('Paused');
  await button(page, 'Resume').click();
  await lasts(page, 2.1);
  const [early] = await Promise.all([page.waitForEvent('download'), button(page, 'Save').click()]);
  await expect(statusOf(page)).toHaveText(/^Saved recording-\S+\.mp4, \d+ kB\.$/);
  await expect(page.getByRole('timer', { name: 'Recorded' })).toHaveText(/^0:0[2-9]$/);
  await button(page, 'Stop').click();
  await expect(statusOf(page)).toHaveText(/^Stopped\. 0:0\d recorded\.$/);
  await expect(button(page, 'Record')).toHaveAttribute('aria-disabled', 'false');
  const [late] = await Promise.all([page.waitForEvent('download'), button(page, 'Save').click()]);
  const [first, whole] = await Promise.all(
    [early, late].map(async (file) => readMovie(await readFile(await file.path()))),
  );
  expectPlayable(whole!);
  expect(whole!.counters.slice(0, first!.counters.length)).toEqual(first!.counters);
  expect(whole!.counters.length).toBe(await page.evaluate(() => controls.recorder!.progress.frames));
  expect(await events.jsonValue()).toEqual(['start', 'pause', 'resume', 'export', 'stop', 'export']);
  // The changes of the state, without those of the clock.
  const words = await page.evaluate(() => controlsStage.announced);
  expect(words.map((text) => text.replace(/\W.*/s, ''))).toEqual([
    'Recording',
    'Paused',
    'Recording',
    'Saved',
    'Stopped',
    'Saved',
  ]);
});

test('with the keyboard alone, which never loses its place', async ({ page }) => {
  const focused = () =>
    page.evaluate(() => document.querySelector('trackreel-controls')!.shadowRoot!.activeElement?.textContent);
  await page.keyboard.press('Tab');
  expect(await focused()).toBe('Record');
  await page.keyboard.press('Enter');
  await expect(statusOf(page)).toHaveText('Recording');
  expect(await focused()).toBe('Stop');
  await lasts(page, 1);
  await page.keyboard.press('Tab');
  expect(await focused()).toBe('Pause');
  await page.keyboard.press('Space');
  await expect(statusOf(page)).toHaveText('Paused');
  expect(await focused()).toBe('Resume');
  await page.keyboard.press('Space');
  await expect(statusOf(page)).toHaveText('Recording');
  await page.keyboard.press('Tab');
  expect(await focused()).toBe('Save');
  const [file] = await Promise.all([page.waitForEvent('download'), page.keyboard.press('Enter')]);
  expectPlayable(await readMovie(await readFile(await file.path())));
  await page.keyboard.press('Shift+Tab');
  await page.keyboard.press('Shift+Tab');
  await page.keyboard.press('Enter');
  await expect(statusOf(page)).toHaveText(/^Stopped/);
  expect(await focused()).toBe('Record');
  const outline = await page.evaluate(() => {
    const focused = controls.shadowRoot!.activeElement!;
    return [focused.matches(':focus-visible'), getComputedStyle(focused).outlineStyle];
  });
  expect(outline).toEqual([true, 'solid']);
});

for (const scheme of ['light', 'dark'] as const) {
  test(`axe finds no fault in any state (${scheme})`, async ({ page }) => {
    await page.emulateMedia({ colorScheme: scheme });
    const expectAccessible = async () => {
      const { violations } = await new AxeBuilder({ page }).analyze();
      expect(violations.map(({ id, nodes }) => ({ id, nodes: nodes.map(({ html }) => html) }))).toEqual([]);
    };
    await expectAccessible();
    await button(page, 'Record').click();
    await lasts(page, 0.5);
    await expectAccessible();
    await button(page, 'Pause').click();
    await expect(statusOf(page)).toHaveText('Paused');
    await expectAccessible();
    await button(page, 'Stop').click();
    await expect(statusOf(page)).toHaveText(/^Stopped/);
    await page.evaluate(() => {
      controls.options = { maxLength: 'soon' as never };
      return controls.start();
    });
    await expect(page.getByRole('alert')).toContainText('maxLength');
    await expectAccessible();
    await page.evaluate(() => (controls.disabled = true));
    await expect(button(page, 'Record')).toBeDisabled();
    await expectAccessible();
  });
}

test('attributes and options set what is recorded, and an error is shown with a remedy', async ({ page }) => {
  const alert = page.getByRole('alert');
  const codes = await page.evaluateHandle(() => {
    const reported: unknown[] = [];
    controls.addEventListener('error', ({ detail }) => reported.push(detail.code));
    return reported;
  });
  await page.evaluate(() => controls.setAttribute('max-fps', 'many'));
  await button(page, 'Record').click();
  await expect(alert).toContainText('maxFps');
  await page.evaluate(() => {
    controls.setAttribute('max-fps', '15');
    controls.setAttribute('max-length', '1h');
    controls.options = { maxLength: '2s' };
    return controls.stop();
  });
  await button(page, 'Record').click();
  await expect(alert).toBeEmpty();
  await expect(statusOf(page)).toHaveText(/^The recording has reached its maximum length\. 0:0[12] recorded\.$/);
  expect(await page.evaluate(() => controls.status.frames)).toBeLessThanOrEqual(30);

  await page.evaluate(() => call.close());
  await button(page, 'Record').click();
  await expect(alert).toHaveText('There is no live video to record. Connect first, then try again.');
  expect(await codes.jsonValue()).toEqual(['invalid-option', 'invalid-source']);
  await page.evaluate(() => (controls.stream = null));
  await expect(button(page, 'Record')).toHaveAttribute('aria-disabled', 'true');
});

test('a page may do something else with the file', async ({ page }) => {
  await button(page, 'Record').click();
  await lasts(page, 0.5);
  page.on('download', () => {
    throw new Error('it was downloaded as well');
  });
  const exported = page.evaluate(
    () =>
      new Promise<string[]>((resolve) =>
        controls.addEventListener('export', async (event) => {
          event.preventDefault();
          const { movie, name } = event.detail;
          resolve([name, await controlsStage.base64(movie)]);
        }),
      ),
  );
  await button(page, 'Save').click();
  const [name, file] = await exported;
  expect(name).toMatch(/^recording-.*\.mp4$/);
  expectPlayable(await readMovie(Buffer.from(file!, 'base64')));
  await expect(statusOf(page)).toHaveText('Recording');
});

test('moved it continues, removed it ends and is kept', async ({ page }) => {
  await button(page, 'Record').click();
  await lasts(page, 0.5);
  await page.evaluate(() => document.body.append(controls));
  const from = await page.evaluate(() => controls.status.duration);
  await lasts(page, from + 0.5);
  expect(await page.evaluate(() => controls.status.state)).toBe('recording');
  await page.evaluate(() => {
    const stopped = new Promise((resolve) => controls.addEventListener('stop', resolve));
    controls.remove();
    return stopped;
  });
  const states = await page.evaluate(async () =>
    (await controlsStage.trackreel.reels.list()).map(({ state }) => state),
  );
  expect(states).toEqual(['complete']);
  // Back in the document, it shows the state.
  await page.evaluate(() => document.body.append(controls));
  await expect(button(page, 'Save')).toHaveAttribute('aria-disabled', 'false');
});

test('colours and words are the page’s, and nothing moves that is asked not to', async ({ page }) => {
  const styles = () =>
    page.evaluate(() => {
      const part = (name: string) => getComputedStyle(controls.shadowRoot!.querySelector(`[part~=${name}]`)!);
      const { color, backgroundColor, borderRadius } = part('record');
      return { color, backgroundColor, borderRadius, icon: part('icon').fill, animation: part('icon').animationName };
    });
  await page.addStyleTag({
    content: `
      body { color: rgb(10, 20, 30) }
      .themed { --trackreel-accent: rgb(0, 90, 60); --trackreel-radius: 3px; --trackreel-button-background: rgb(1, 2, 3) }
      .themed::part(record) { color: rgb(250, 250, 250) }`,
  });
  expect(await styles()).toMatchObject({ color: 'rgb(10, 20, 30)', icon: 'rgb(224, 56, 62)' });
  await page.evaluate(() => controls.classList.add('themed'));
  expect(await styles()).toEqual({
    color: 'rgb(250, 250, 250)',
    backgroundColor: 'rgb(1, 2, 3)',
    borderRadius: '3px',
    icon: 'rgb(0, 90, 60)',
    animation: 'none',
  });
  await page.evaluate(() => {
    const labels = {
      record: 'Aufnehmen',
      stop: 'Beenden',
      stopped: (_: unknown, time: string) => `${time} aufgenommen.`,
    };
    // A translation that lacks a word is the same as none.
    controls.labels = { ...labels, pause: undefined } as typeof labels;
  });
  await button(page, 'Aufnehmen').click();
  await expect(button(page, 'Pause')).toBeVisible();
  await expect(statusOf(page)).toHaveText('Recording');
  expect((await styles()).animation).toBe('pulse');
  await page.emulateMedia({ reducedMotion: 'reduce' });
  expect((await styles()).animation).toBe('none');
  // Where the user's own colours are forced, a button looks like every other.
  await page.emulateMedia({ forcedColors: 'active' });
  const system = await page.evaluate(() => {
    const other = document.body.appendChild(document.createElement('button'));
    return getComputedStyle(other).borderTopColor;
  });
  const forced = await page.evaluate(() => {
    const stop = controls.shadowRoot!.querySelector('[part~=record]')!;
    const { color, borderTopColor } = getComputedStyle(stop);
    const icon = getComputedStyle(stop.querySelector('svg')!).fill;
    return { border: borderTopColor, isOfText: icon === color };
  });
  expect(forced).toEqual({ border: system, isOfText: true });
  await button(page, 'Beenden').click();
  await expect(statusOf(page)).toHaveText(/^0:0\d aufgenommen\.$/);
});

// The worker reports the end of a static picture after the pause that ends it, and "Recording" was shown during the pause.
test('paused in a static picture, it shows that until it resumes', async ({ page }) => {
  await page.evaluate(() => (controls.options = { freezeAfter: 0.5 }));
  await button(page, 'Record').click();
  await lasts(page, 0.5);
  await page.evaluate(() => call.pauseSender());
  await expect(statusOf(page)).toHaveText('The picture is static');
  const ended = page.evaluate(
    () =>
      new Promise<string>((resolve) =>
        controls.addEventListener('freeze', ({ detail }) => detail.ended && resolve(controls.status.state)),
      ),
  );
  await button(page, 'Pause').click();
  expect(await ended).toBe('paused');
  await expect(statusOf(page)).toHaveText('Paused');
  await page.evaluate(() => call.resumeSender());
  await button(page, 'Resume').click();
  await expect(statusOf(page)).toHaveText('Recording');
});

test('what was set before the element was defined counts', async ({ page }) => {
  const early = await page.evaluate(async () => {
    const element = document.createElement('trackreel-controls');
    // As a script does that runs before the module.
    const set = { stream: call.stream, options: { maxLength: '20s' }, labels: { stop: 'Beenden' }, disabled: true };
    for (const [name, value] of Object.entries(set))
      Object.defineProperty(element, name, { value, configurable: true, enumerable: true, writable: true });
    document.body.append(element);
    await element.start();
    const { state, remaining } = element.status;
    const { textContent: word, disabled } = element.shadowRoot!.querySelector<HTMLButtonElement>('[part~=record]')!;
    return { state, isLimited: remaining <= 20, word, disabled, hidden: Object.keys(element) };
  });
  expect(early).toEqual({ state: 'recording', isLimited: true, word: 'Beenden', disabled: true, hidden: [] });
});
