import { setTimeout as sleep } from 'node:timers/promises';
import { launch } from './drivers/chromium.js';
import { expect, test } from './fixtures.js';
import { expectCounted, expectPlayable, finish } from './verdict.js';

declare global {
  /** What the page and its recorder have reported, in order. */
  var reported: string[];
}

const FROZEN_MS = 4000;

test('continues after the browser has frozen its tab', async ({ engineName }) => {
  test.skip(engineName !== 'chromium', 'no other driver freezes a tab');
  const engine = await launch();
  try {
    await engine.open(process.env.TRACKREEL_ENGINES!);
    await engine.evaluate(async () => {
      globalThis.reported = [];
      for (const name of ['freeze', 'resume']) document.addEventListener(name, () => reported.push(name));
      await stage.connect();
      await stage.begin({ freeze: 'keep' });
      const { recorder } = stage.take!;
      recorder.addEventListener('stall', ({ detail }) => reported.push(`stall ${detail.ended ? 'ended' : 'begun'}`));
      recorder.addEventListener('error', ({ detail }) => reported.push(detail.code));
      await stage.take!.recordFor(2);
    });
    await engine.hide();
    await engine.freeze(true);
    await sleep(FROZEN_MS);
    await engine.freeze(false);
    await engine.show();
    const reported = await engine.evaluate(async () => {
      await stage.take!.recordFor(1.5);
      return globalThis.reported;
    });
    // A connection may need a moment to wake up.
    expect(reported.slice(0, 4)).toEqual(['freeze', 'resume', 'stall begun', 'stall ended']);
    const outcome = await finish(engine);
    expectPlayable(outcome.movie);
    expectCounted(outcome);
    // With freeze: 'keep' the time counts.
    expect(outcome.progress.duration).toBeGreaterThan(2 + FROZEN_MS / 1000);
  } finally {
    await engine.close();
  }
});
