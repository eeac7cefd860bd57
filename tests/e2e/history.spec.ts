import { expect, test } from '@playwright/test';
import { History, type Span } from '../../www/history.js';

const textOf = ({ spans }: History) => spans.map(({ kind, from, to }: Span) => `${kind} ${from}-${to}`);

test('what follows is put behind what was', () => {
  const history = new History('recorded', 100);
  history.extend(200);
  history.change('paused', 300);
  history.change('paused', 350);
  history.change('recorded', 400);
  history.extend(500);
  expect(textOf(history)).toEqual(['recorded 100-300', 'paused 300-400', 'recorded 400-500']);
  expect(history.total('recorded')).toBe(300);
});

test('a still picture is found afterwards, and goes back to where it began', () => {
  const history = new History('recorded', 0);
  history.extend(1000);
  history.still(400, 1400);
  history.extend(2000);
  // A flicker, after which the same freeze is reported again from its begin.
  history.change('recorded', 2100);
  history.still(400, 3000);
  expect(textOf(history)).toEqual(['recorded 0-400', 'still 400-3000']);
  history.change('recorded', 3500);
  expect(textOf(history)).toEqual(['recorded 0-400', 'still 400-3500', 'recorded 3500-3500']);
});

test('a place in the file is found in time, and the other way', () => {
  for (const [keepsStill, length, atStill] of [
    [false, 2500, 1500],
    [true, 3500, 1700],
  ] as const) {
    const history = new History('recorded', 10_000, 500, keepsStill);
    history.change('still', 11_000);
    history.change('paused', 12_000);
    history.change('recorded', 15_000);
    history.extend(16_000);
    expect(history.length).toBe(length);
    expect([9500, 10_700, 11_200, 14_000].map((at) => history.fileTime(at))).toEqual([
      0,
      1200,
      atStill,
      keepsStill ? 2500 : 1500,
    ]);
    expect([0, 1200, length - 500, length + 99].map((at) => history.timeOf(at))).toEqual([
      9500, 10_700, 15_500, 16_000,
    ]);
  }
});

test('one that begins before the recording, or in a pause, begins with what follows it', () => {
  const fromTheStart = new History('recorded', 1000);
  fromTheStart.still(200, 2000);
  expect(textOf(fromTheStart)).toEqual(['still 1000-2000']);
  const paused = new History('recorded', 0);
  paused.change('paused', 500);
  paused.change('recorded', 900);
  paused.still(300, 1500);
  expect(textOf(paused)).toEqual(['recorded 0-500', 'paused 500-900', 'still 900-1500']);
});
