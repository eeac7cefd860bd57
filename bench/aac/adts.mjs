// Access units as a stream that ffmpeg reads, and the sound that ffmpeg decodes it to.
import { spawnSync } from 'node:child_process';

/** The bytes of a header without a checksum: ISO/IEC 14496-3 § 1.A.2.2. */
const HEADER = 7;

/** A stream of these access units, with the frequency's index and the channels that their AudioSpecificConfig has. */
export function adtsOf(units, description) {
  const index = ((description[0] & 7) << 1) | (description[1] >> 7);
  const channels = (description[1] >> 3) & 15;
  const frames = units.map((unit) => {
    const length = HEADER + unit.length;
    const header = [
      ...[0xff, 0xf1, 0x40 | (index << 2) | (channels >> 2)],
      ...[((channels & 3) << 6) | (length >> 11), (length >> 3) & 255, ((length & 7) << 5) | 0x1f, 0xfc],
    ];
    return Buffer.concat([Buffer.from(header), unit]);
  });
  return Buffer.concat(frames);
}

/** The planes that ffmpeg decodes a file of sound to. */
export function decoded(file, channels) {
  const args = ['-v', 'error', '-xerror', '-i', 'pipe:', '-f', 'f32le', '-'];
  const { status, stdout, stderr } = spawnSync('ffmpeg', args, { input: file, maxBuffer: 2 ** 30 });
  if (status !== 0 || stderr.length > 0) throw new Error(`ffmpeg: ${stderr}`);
  const samples = new Float32Array(new Uint8Array(stdout).buffer);
  return Array.from({ length: channels }, (_, channel) =>
    Float32Array.from({ length: samples.length / channels }, (_, i) => samples[i * channels + channel]),
  );
}

/** By how many samples, up to a limit, the second plane is later than the first. */
export function delayOf(plane, later, most = 4096) {
  const [from, count] = [plane.length >> 1, Math.min(8192, (plane.length >> 1) - most)];
  let best = { delay: 0, error: Infinity };
  for (let delay = 0; delay < most; delay++) {
    let error = 0;
    for (let i = from; i < from + count; i++) error += (plane[i] - later[i + delay]) ** 2;
    if (error < best.error) best = { delay, error };
  }
  return best.delay;
}
