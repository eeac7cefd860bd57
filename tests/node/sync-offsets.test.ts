import assert from 'node:assert/strict';
import { test } from 'node:test';
import { offsetsOf, summaryOf } from '../sync/offsets.js';
import { flashesOf, SCENARIOS } from '../sync/scenario.js';

test('each flash has its nearest beep, and one without a beep has none', () => {
  const offsets = offsetsOf([480, 1480, 2480, 3480, 4330], [520, 1450, 3500, 4330]);
  assert.deepEqual(offsets, [40, -30, 20, 0]);
});

test('offsets are summed up, the one farthest from 0 with its sign', () => {
  assert.deepEqual(summaryOf([10, 20, -60, 30, 0]), { mean_ms: 0, sd_ms: 31.6, worst_ms: -60 });
});

test('of each scenario, the flashes that are recorded are expected', () => {
  assert.equal(flashesOf(SCENARIOS.plain(20)), 20);
  assert.equal(flashesOf(SCENARIOS.pauses(0, 10)), 13);
  assert.equal(flashesOf(SCENARIOS.stall()), 9);
  assert.equal(flashesOf(SCENARIOS['late-sound']()), 10);
  assert.equal(flashesOf(SCENARIOS.freezes(0, 10)), 26);
  assert.equal(flashesOf(SCENARIOS.crash()), 9);
});
