import { expect, test } from './fixtures.js';

const SETTINGS = { sampleRate: 48_000, numberOfChannels: 1, bitrate: 64_000 };

// Encoders of AAC delay sound by 1024 to 2112 samples, and no browser reports by how many: it was late by the difference.
test('measures by how much an encoder delays sound', async ({ engine, engineName, notes }) => {
  test.skip(engineName === 'webkitgtk', 'it crashes where decoded sound is copied, and is not measured');
  const delays = await engine.evaluate(async (settings) => {
    const found: Record<string, number> = {};
    for (const codec of ['opus', 'mp4a.40.2']) {
      const config = { ...settings, codec };
      const { supported } = await AudioEncoder.isConfigSupported(config);
      if (supported) found[codec] = await stage.delayOf(config);
    }
    return found;
  }, SETTINGS);
  // RFC 7845 § 5.1: libopus has a lookahead of 312 samples. A decoder may cut them off.
  expect([0, 312].map((known) => Math.abs(delays['opus']! - known) <= 4)).toContain(true);
  const aac = delays['mp4a.40.2'];
  if (aac === undefined) return notes.lacks('an encoder for AAC');
  notes.fact('samples by which AAC is late', aac);
  expect(aac % 1, `${aac}`).toBe(0);
  expect(aac).toBeGreaterThanOrEqual(1000);
  expect(aac).toBeLessThanOrEqual(4096);
});
