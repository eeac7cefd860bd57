import assert from 'node:assert/strict';
import { test } from 'node:test';
import { adtsOf, decoded, delayOf } from '../../bench/aac/adts.mjs';
import { Module, SETTINGS, compiled, encode } from '../../bench/aac/module.mjs';
import { chords, noise, snr } from './support.mjs';

/** The sampling frequencies of ISO/IEC 14496-3, table 1.18. */
const RATES = [96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8000];
const bytesOf = (units) => units.reduce((sum, { length }) => sum + length, 0);
const decode = ({ units, description }, channels) => decoded(adtsOf(units, description), channels);

for (const sampleRate of [32_000, 44_100, 48_000]) {
  for (const channels of [1, 2]) {
    test(`${channels} channels at ${sampleRate} Hz decode to the sound that was encoded, after the priming`, () => {
      const planes = chords(2 * sampleRate, { sampleRate, channels });
      const encoded = encode(planes, { sampleRate, bitrate: 64_000 * channels });
      const heard = decode(encoded, channels);
      assert.equal(delayOf(planes[0], heard[0]), encoded.priming);
      for (const [channel, plane] of planes.entries()) {
        const likeness = snr(plane, heard[channel], encoded.priming);
        assert.ok(likeness > 30, `channel ${channel}: ${likeness} dB`);
      }
    });
  }
}

test('an impulse is heard 1600 samples later', () => {
  for (const sampleRate of [16_000, 48_000]) {
    for (const at of [0, 3000, 4096]) {
      const plane = new Float32Array(8192);
      plane[at] = 0.9;
      const [heard] = decode(encode([plane], { sampleRate, bitrate: 3 * sampleRate }), 1);
      const loudest = heard.reduce((most, value, i) => (Math.abs(value) > Math.abs(heard[most]) ? i : most), 0);
      assert.equal(loudest - at, 1600);
    }
  }
});

test('the description is an AudioSpecificConfig of two bytes', () => {
  const hex = (sampleRate, channels) =>
    Buffer.from(encode([...chords(1024, { channels })], { sampleRate, bitrate: 64_000 }).description).toString('hex');
  assert.deepEqual([hex(48_000, 2), hex(48_000, 1), hex(44_100, 2), hex(32_000, 1)], ['1190', '1188', '1210', '1288']);
});

test('the bitrate is held', () => {
  const seconds = 10;
  for (const bitrate of [48_000, 96_000, 128_000, 256_000]) {
    for (const planes of [chords(seconds * 48_000), noise(seconds * 48_000, 2)]) {
      const reached = (bytesOf(encode(planes, { bitrate }).units) * 8) / seconds;
      assert.ok(reached > 0.9 * bitrate && reached < 1.05 * bitrate, `${reached} of ${bitrate} bit/s`);
    }
  }
});

test('every sample rate takes noise of full scale at its lowest and its highest bitrate', () => {
  for (const sampleRate of RATES) {
    for (const channels of [1, 2]) {
      const takes = (bitrate) => !new Module(compiled).create({ sampleRate, channels, bitrate });
      const highest = Math.min(6 * sampleRate, 360_000) * channels;
      assert.ok(takes(highest) && !takes(highest + 1));
      let [refused, lowest] = [0, highest];
      while (lowest - refused > 1) {
        const middle = (refused + lowest) >> 1;
        if (takes(middle)) lowest = middle;
        else refused = middle;
      }
      for (const bitrate of [lowest, highest]) {
        const planes = noise(20 * 1024, channels);
        const encoded = encode(planes, { sampleRate, bitrate });
        assert.ok(encoded.units.every(({ length }) => length > 0 && length <= 768 * channels));
        assert.ok(decode(encoded, channels)[0].length >= planes[0].length);
      }
    }
  }
});

test('silence takes few bytes and stays silence', () => {
  const encoded = encode([0, 1].map(() => new Float32Array(48_000)));
  for (const plane of decode(encoded, 2)) assert.ok(plane.every((sample) => sample === 0));
});

test('sound after silence, and silence after sound, are not smeared', () => {
  const [plane] = chords(48_000, { channels: 1 });
  plane.fill(0, 0, 16_000).fill(0, 32_000);
  const encoded = encode([plane], { bitrate: 96_000 });
  const [heard] = decode(encoded, 1);
  const loudest = (from, to) =>
    heard.subarray(from + 1600, to + 1600).reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  assert.ok(loudest(0, 13_000) < 1e-4);
  assert.ok(loudest(16_000, 32_000) > 0.3);
  assert.ok(loudest(35_000, 48_000) < 1e-4);
});

test('what is beyond full scale is clipped', () => {
  const [loud] = noise(8192, 1).map((plane) => plane.map((sample) => 3 * sample));
  const clipped = loud.map((sample) => Math.min(1, Math.max(-1, sample)));
  assert.deepEqual(encode([loud]).units, encode([clipped]).units);
  const endless = loud.map((sample) => (Math.abs(sample) > 1 ? Infinity * sample : sample));
  assert.deepEqual(encode([endless]).units, encode([clipped]).units);
});

test('what is no number is silence', () => {
  const [plane] = chords(8192, { channels: 1 });
  const [broken, mended] = [NaN, 0].map((value) => plane.map((sample, i) => (i % 100 === 0 ? value : sample)));
  assert.deepEqual(encode([broken]).units, encode([mended]).units);
});

test('settings that AAC-LC does not have are refused with the reason', () => {
  const refusal = (settings) => new Module(compiled).create({ ...SETTINGS, ...settings });
  for (const sampleRate of [0, -1, NaN, 47_999, 192_000]) assert.match(refusal({ sampleRate }), /sample rate/);
  for (const channels of [0, -1, NaN, 3]) assert.match(refusal({ channels }), /channels/);
  for (const bitrate of [0, -1, NaN, 1000, 600_000, 1e12]) assert.match(refusal({ bitrate }), /bitrate/);
});

test('nothing is encoded before the settings, or after settings that are refused', () => {
  const module = new Module(compiled);
  assert.throws(() => module.encode(), /failed/);
  assert.equal(module.create(SETTINGS), undefined);
  module.encode();
  module.create({ ...SETTINGS, channels: 3 });
  assert.throws(() => module.encode(), /failed/);
});

test('a stream does not depend on the one before, or on another instance', () => {
  const planes = noise(8192, 2);
  const module = new Module(compiled);
  const run = () => {
    module.create(SETTINGS);
    return [0, 1, 2].map((n) => {
      for (const channel of [0, 1]) module.room(channel).set(planes[channel].subarray(n * 1024, (n + 1) * 1024));
      return module.encode();
    });
  };
  const first = run();
  assert.deepEqual(run(), first);
  assert.deepEqual(encode(planes).units.slice(0, 3), first);
});

test('its memory does not grow', () => {
  const short = encode(noise(1024, 2)).memory;
  assert.equal(encode(noise(300 * 1024, 2)).memory, short);
  assert.ok(short < 500_000, `${short} bytes`);
});
