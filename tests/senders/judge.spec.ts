import { expect, test } from '@playwright/test';
import { judge } from './judge.js';
import type { Plan, Sent } from './plan.js';
import type { Recorded } from './record.js';

// A server that moves for two seconds, repeats its last picture for two, and moves for two, at ten frames a second.
const plan: Plan = { script: [{ motion: 2 }, { pause: 'a', seconds: 2 }, { motion: 2 }] };
const SECOND = 1e6;
const frames = Array.from({ length: 60 }, (_, n): Sent => {
  const stretch = Math.floor(n / 20);
  const picture = stretch === 0 ? n : stretch === 1 ? 19 : n - 20;
  const sent_us = n * 0.1 * SECOND;
  const rest = { produced_us: sent_us, packets: 1, lost: 0, bytes: 1000 };
  return { rtp: n * 9000, sent_us, picture, repeat: stretch === 1, stretch, ...rest };
});

/** What a recorder makes of it that cuts the pause out of the file and reports it after a second. */
function recorded(): Recorded {
  const file = frames.filter(({ repeat }) => !repeat).map(({ picture }) => ({ time: picture * 0.1, counter: picture }));
  return {
    log: { done: true, stretches_us: [0, 2, 4, 6].map((at) => at * SECOND), frames },
    offset_us: 0,
    delivered: frames.map(({ rtp, sent_us }) => ({
      timestamp_us: sent_us,
      rtp,
      arrival_us: sent_us,
      receive_us: null,
    })),
    freezes: [
      { begin: 2, duration: 1, ended: false, at_us: 3 * SECOND },
      { begin: 2, duration: 2, ended: true, at_us: 4.05 * SECOND },
    ],
    file,
    drops: { paused: 0, maxFps: 0, freeze: 20, backpressure: 0, encoder: 0, missed: 0, network: 0 },
  };
}

test('a pause that is cut out exactly has no fault', () => {
  expect(judge(plan, recorded())).toEqual({
    sent: 60,
    delivered: 60,
    kept: 40,
    false_cuts: 0,
    lost: 0,
    capped: 0,
    leftover_repeats: 0,
    motion_time_error: 0,
    found_after_ms: 1000,
    false_freezes: 0,
    pauses: [{ kind: 'a', seconds: 2, leftover_repeats: 0, left_ms: 100, found_after_ms: 1000, begun: 1, ended: 1 }],
    motions: [
      { seconds: 2, error: 0 },
      { seconds: 2, error: 0 },
    ],
  });
});

test('a moving frame that is not in the file is a false cut, unless the encoder lost it', () => {
  const one = recorded();
  one.file.splice(5, 1);
  expect(judge(plan, one).false_cuts).toBe(1);
  one.drops.encoder = 1;
  expect(judge(plan, one)).toMatchObject({ false_cuts: 0, lost: 1 });
});

test('repeats that are in the file are counted', () => {
  const one = recorded();
  one.file.splice(20, 0, { time: 1.92, counter: 19 }, { time: 1.95, counter: 19 });
  expect(judge(plan, one)).toMatchObject({ leftover_repeats: 2, false_cuts: 0, kept: 42 });
});

test('motion that is stretched in the file is measured, and its sign is kept', () => {
  const one = recorded();
  one.file.forEach((picture, n) => (picture.time *= n < 20 ? 1.5 : 0.9));
  const { motion_time_error, motions } = judge(plan, one);
  expect(motion_time_error).toBe(0.5);
  expect(motions.map(({ error }) => error)).toEqual([0.5, -0.1]);
});

test('a pause that is not reported is not found, and a freeze long after it is false', () => {
  const one = recorded();
  one.freezes = [];
  expect(judge(plan, one)).toMatchObject({ found_after_ms: null, false_freezes: 0 });
  one.freezes = [{ begin: 1, duration: 1, ended: false, at_us: 1.5 * SECOND }];
  expect(judge(plan, one)).toMatchObject({ found_after_ms: null, false_freezes: 1 });
});

test('a pause is over when what follows it arrives', () => {
  const one = recorded();
  one.delivered.slice(40).forEach((frame) => (frame.arrival_us += 4 * SECOND));
  one.freezes[1]!.at_us += 4 * SECOND;
  expect(judge(plan, one)).toMatchObject({ pauses: [{ begun: 1, ended: 1 }], false_freezes: 0 });
});

test('a picture in the file that was not delivered is an error', () => {
  const one = recorded();
  one.file.push({ time: 9, counter: 99 });
  expect(() => judge(plan, one)).toThrow('picture 99 in the file was not delivered there');
});
