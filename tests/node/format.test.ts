import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clockTime, fileSize } from '../../js/controls/format.js';

test('a length is shown as a clock', () => {
  const lengths = {
    0: '0:00',
    7.99: '0:07',
    59.999: '0:59',
    60: '1:00',
    3599: '59:59',
    3600: '1:00:00',
    36_123: '10:02:03',
  };
  for (const [seconds, shown] of Object.entries(lengths)) assert.equal(clockTime(Number(seconds)), shown);
});

test('a size has the unit that fits', () => {
  const of = (bytes: number) => fileSize(bytes).replace(/\s/g, ' ').replace(',', '.');
  assert.deepEqual([0, 1499, 999_499, 1e6, 3.44e6].map(of), ['0 kB', '1 kB', '999 kB', '1.0 MB', '3.4 MB']);
});
