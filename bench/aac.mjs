// The software AAC encoder: how audible what it loses is, against ffmpeg's own encoder at the same bitrate, and what a second costs.
import { spawnSync } from 'node:child_process';
import { sizesOf } from '../scripts/sizes.mjs';
import { adtsOf, decoded, delayOf } from './aac/adts.mjs';
import { noiseToMask } from './aac/noise-to-mask.mjs';
import { segmentalSnr } from './aac/segmental-snr.mjs';
import { RATE, SIGNALS } from './aac/signals.mjs';
import { median, rounded } from './numbers.mjs';

/** In bits per second. */
const BITRATES = [96_000, 128_000];

/** Compares on these signals of this many seconds; the cost is a median over this many rounds. */
export async function aac({ seconds, rounds, signals = Object.keys(SIGNALS) }) {
  // It builds the module, which no other benchmark takes.
  const { encode } = await import('./aac/module.mjs');
  const inputs = signals.map((name) => ({ name, planes: SIGNALS[name](seconds) }));
  const qualities = inputs.flatMap(({ name, planes }) =>
    BITRATES.flatMap((bitrate) => qualityOf(name, planes, bitrate, encode)),
  );
  return [...(await sizes()), ...costOf(inputs, rounds, encode), ...qualities];
}

function qualityOf(name, planes, bitrate, encode) {
  const { units, description } = encode(planes, { bitrate });
  const ours = measured(planes, adtsOf(units, description));
  const theirs = measured(planes, byFfmpeg(planes, bitrate));
  const of = `of ${name}, stereo, ${bitrate / 1000} kbit/s asked for`;
  const rates = `${rounded(ours.kbps, 0)} kbit/s, ffmpeg's aac at ${rounded(theirs.kbps, 0)}`;
  const row = (metric, key, note) => ({
    name: `aac_${metric}_db_${name}_${bitrate / 1000}`,
    value: rounded(ours[key], 1),
    unit: 'dB',
    against: `ffmpeg's aac ${rounded(theirs[key], 1)} dB; ${note} ${of}: ${rates}`,
  });
  return [
    row('nmr', 'nmr', 'noise to mask, the less the better,'),
    row('snr', 'snr', 'signal to noise in segments, the more the better,'),
  ];
}

/** How near a stream is to the sound that it was made of, and its bitrate. */
function measured(planes, stream) {
  const heard = decoded(stream, planes.length);
  const delay = delayOf(planes[0], heard[0]);
  const length = Math.min(planes[0].length, heard[0].length - delay);
  const [reference, other] = [
    planes.map((p) => p.subarray(0, length)),
    heard.map((p) => p.subarray(delay, delay + length)),
  ];
  return {
    nmr: noiseToMask(reference, other, RATE),
    snr: segmentalSnr(reference, other, RATE),
    kbps: (stream.length * 8 * RATE) / planes[0].length / 1000,
  };
}

function byFfmpeg(planes, bitrate) {
  const interleaved = new Float32Array(planes[0].length * planes.length);
  for (const [channel, plane] of planes.entries())
    for (const [i, sample] of plane.entries()) interleaved[i * planes.length + channel] = sample;
  const input = ['-f', 'f32le', '-ar', `${RATE}`, '-ac', `${planes.length}`, '-i', 'pipe:'];
  const args = ['-v', 'error', ...input, '-c:a', 'aac', '-b:a', `${bitrate}`, '-f', 'adts', 'pipe:'];
  const { status, stdout, stderr } = spawnSync('ffmpeg', args, { input: interleaved, maxBuffer: 2 ** 28 });
  if (status !== 0) throw new Error(`ffmpeg: ${stderr}`);
  return stdout;
}

function costOf(inputs, rounds, encode) {
  const taken = [];
  // The first round is for the engine to compile what is hot.
  for (let round = -1; round < rounds; round++) {
    let seconds = 0;
    const before = process.cpuUsage();
    for (const { planes } of inputs) {
      encode(planes);
      seconds += planes[0].length / RATE;
    }
    const { user, system } = process.cpuUsage(before);
    if (round >= 0) taken.push((user + system) / 1000 / seconds);
  }
  return [
    {
      name: 'aac_cpu_ms_per_s',
      value: rounded(median(taken), 1),
      unit: 'ms',
      against: `of a core for each second of sound, stereo at 128 kbit/s, in Node; median of ${rounds} rounds`,
    },
  ];
}

async function sizes() {
  const all = (await sizesOf('aac')).at(-1);
  if (!all) return [];
  return ['raw', 'gzip', 'brotli'].map((key) => ({
    name: `aac_download_${key}`,
    value: all[key] / 1000,
    unit: 'kB',
    against: 'at most 110 kB gzip; aac.js and the wasm, downloaded only where they are needed',
  }));
}
