import { expect, test } from '../e2e/support/fixtures.js';

// One signal for all of a page's exports kept every one of them in memory.
test('a finished export releases its signal', async ({ page }) => {
  await page.goto('/controls.html');
  await page.waitForFunction(() => globalThis.controlsStage);
  const listening = await page.evaluate(async () => {
    const { Recorder } = controlsStage.trackreel;
    const { stream } = await controlsStage.connect();
    const recorder = new Recorder(stream);
    await recorder.start();
    await new Promise((resolve) => recorder.addEventListener('progress', resolve));
    const { signal } = new AbortController();
    const listeners = new Set<unknown>();
    const [add, remove] = [signal.addEventListener, signal.removeEventListener];
    let most = 0;
    signal.addEventListener = function (type: string, listener: unknown, ...rest: unknown[]) {
      most = Math.max(most, listeners.add(listener).size);
      Reflect.apply(add, this, [type, listener, ...rest]);
    };
    signal.removeEventListener = function (type: string, listener: unknown, ...rest: unknown[]) {
      listeners.delete(listener);
      Reflect.apply(remove, this, [type, listener, ...rest]);
    };
    await recorder.export({ signal });
    return { most, now: listeners.size };
  });
  expect(listening).toEqual({ most: 1, now: 0 });
});
