import type { ContentName } from '../corpus/contents.js';
import type { EventName } from '../corpus/events.js';
import type {} from '../corpus/main.js';
import type { CodecName } from '../corpus/sender.js';
import { expect, test } from './support/fixtures.js';

// The part of `npm run corpus` that has been hardest: motion that looks like a freeze, and freezes that look like motion.
const CODECS: readonly CodecName[] = ['VP8', 'VP9', 'H264', 'AV1'];
const CASES: readonly [ContentName, EventName][] = [
  ['grain', 'none'],
  ['grain', 'freeze-1.5'],
  ['cursor', 'ten-short'],
  ['fade', 'freeze-1.5'],
  ['head', 'key-frames'],
  ['textured', 'resolution-rise'],
  ['typing', 'freeze-at-end'],
];

for (const codec of CODECS) {
  test(`${codec}: motion is never cut, and a freeze leaves next to nothing`, async ({ page }) => {
    for (const [content, event] of CASES) {
      await page.goto(process.env['TRACKREEL_CORPUS']!);
      await page.waitForFunction(() => globalThis.corpus);
      const args = [codec, content, event] as const;
      const outcome = await page.evaluate((args) => globalThis.corpus.synthetic(...args), args);
      const name = `${codec} ${content} ${event}: ${JSON.stringify(outcome)}`;
      expect(outcome.false_cuts, name).toBe(0);
      expect(outcome.leftover_repeats, name).toBeLessThanOrEqual(3);
      expect(outcome.cut_error_ms, name).toBeLessThanOrEqual(150);
      if (event === 'none') expect(outcome.kept, name).toBe(outcome.received);
    }
  });
}

// Frames that are kept as received: H.264 is cut without a loss where its frames prove the repeats. Others wait for a key frame.
const RECEIVED: readonly [CodecName, ContentName, lostMs: number][] = [
  ['H264', 'textured', 0],
  ['VP9', 'fade', 150],
];

for (const [codec, content, lostMs] of RECEIVED) {
  test(`${codec} as received: a freeze is cut, and what moves after it is lost for ${lostMs} ms at most`, async ({
    page,
  }) => {
    await page.goto(process.env['TRACKREEL_CORPUS']!);
    await page.waitForFunction(() => globalThis.corpus);
    const args = [codec, content, 'freeze-1.5'] as const;
    const outcome = await page.evaluate((args) => globalThis.corpus.received(...args), args);
    const metrics = JSON.stringify(outcome);
    expect(outcome.false_cuts, metrics).toBe(0);
    expect(outcome.leftover_repeats, metrics).toBeLessThanOrEqual(3);
    expect(outcome.cut_error_ms, metrics).toBeLessThanOrEqual(150);
    expect(outcome.lost_until_key_ms, metrics).toBeLessThanOrEqual(lostMs);
    // The first is asked for at once.
    expect(outcome.key_requests, metrics).toBe(lostMs > 0 ? 2 : 1);
  });
}
