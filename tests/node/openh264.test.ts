import assert from 'node:assert/strict';
import { test } from 'node:test';
import { codecOf, planes } from '../../js/openh264/module.js';

test('the planes of a picture lie close together', () => {
  const [y, half] = [{ offset: 0, stride: 8 }, 4];
  assert.deepEqual(planes('I420', 8, 6), [y, { offset: 48, stride: half }, { offset: 60, stride: half }]);
  assert.deepEqual(planes('NV12', 8, 6), [y, { offset: 48, stride: 8 }]);
  for (const layout of ['RGBA', 'RGBX', 'BGRA', 'BGRX'] as const) {
    assert.deepEqual(planes(layout, 8, 6), [{ offset: 0, stride: 32 }]);
  }
});

test('the codec’s name has the profile, the constraints and the level', () => {
  assert.equal(codecOf(Uint8Array.of(1, 0x42, 0xc0, 0x0a, 0xff).buffer), 'avc1.42c00a');
});
