import { setTimeout as sleep } from 'node:timers/promises';
import type { Page } from '@playwright/test';
import { children, usage } from '../../bench/process-tree.mjs';
import type { FreezeMode, Recorder } from '../../js/index.js';
import { expect, openLab, test } from './support/fixtures.js';
import { readMovie } from './support/movie.js';
import { expectPlayable } from './support/witness.js';

const SLEEP_MS = 4000;

declare global {
  var sleeper: { recorder: Recorder; events: string[] };
}

/** Records two seconds, and two more after a sleep. Returns the longest time between two pictures, and the recorder's events. */
async function recordOver(page: Page, freeze: FreezeMode, fallAsleep: () => Promise<void>) {
  await openLab(page);
  await page.evaluate(async (freeze) => {
    const recorder = new lab.trackreel.Recorder(lab.loopback.stream, { freeze, maxFps: Infinity });
    const events: string[] = [];
    for (const type of ['stall', 'freeze'] as const)
      recorder.addEventListener(type, ({ detail }) => events.push(`${type} ${detail.ended ? 'ended' : 'begun'}`));
    for (const type of ['error', 'stop'] as const) recorder.addEventListener(type, () => events.push(type));
    globalThis.sleeper = { recorder, events };
    await recorder.start();
    await lab.reached(recorder, ({ duration }) => duration >= 2);
  }, freeze);
  await fallAsleep();
  const { file, events, progress } = await page.evaluate(async () => {
    const { recorder, events } = sleeper;
    const { frames } = recorder.progress;
    await lab.reached(recorder, (progress) => progress.frames >= frames + 60);
    await recorder.stop();
    return { file: await lab.base64(await recorder.export()), events, progress: recorder.progress };
  });
  const movie = await readMovie(Buffer.from(file, 'base64'));
  expectPlayable(movie);
  expect(movie.times).toHaveLength(progress.frames);
  expect(Number(movie.stream['duration'])).toBeCloseTo(progress.duration, 3);
  expect(movie.counters.every((counter, n) => n === 0 || counter! > movie.counters[n - 1]!)).toBe(true);
  return { gap: Math.max(...movie.times.slice(1).map((time, n) => time - movie.times[n]!)), events };
}

/** Signals those of these processes that are still there. */
function signal(pids: number[], signal: NodeJS.Signals): void {
  for (const pid of pids) {
    try {
      process.kill(pid, signal);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }
}

for (const freeze of ['cut', 'keep'] as const) {
  test(`a browser that is stopped for a while continues: with freeze: ${freeze}, that time is reported and ${freeze === 'cut' ? 'cut' : 'kept'}`, async ({
    page,
  }) => {
    const { gap, events } = await recordOver(page, freeze, async () => {
      const browser = children().flatMap((pid) => [...usage(pid).keys()]);
      try {
        signal(browser, 'SIGSTOP');
        await sleep(SLEEP_MS);
      } finally {
        signal(browser, 'SIGCONT');
      }
    });
    if (freeze === 'cut') expect(gap).toBeLessThan(1.5);
    else expect(gap).toBeGreaterThan(SLEEP_MS / 1000 - 0.5);
    // A connection may need a moment to wake up.
    const stalls = events.filter((event) => event.startsWith('stall'));
    expect(stalls.slice(0, 2)).toEqual(['stall begun', 'stall ended']);
    expect(stalls.length % 2).toBe(0);
    const freezes = events.filter((event) => event.startsWith('freeze'));
    if (freeze === 'cut') expect([freezes[0], freezes.at(-1)]).toEqual(['freeze begun', 'freeze ended']);
    else expect(freezes).toEqual([]);
    expect(events.filter((event) => event === 'error' || event === 'stop')).toEqual(['stop']);
  });
}
