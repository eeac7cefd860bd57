import { spawnSync } from 'node:child_process';
import { FLASH_GREYS, PICTURE_MS } from './beeper.js';

/** When flashes and beeps begin in a file that was decoded, in milliseconds. */
export interface Decoded {
  flashes: number[];
  beeps: number[];
  hasSound: boolean;
}

const RATE = 48_000;
/** A sample louder than this belongs to a beep, whose samples reach 0.5. */
const LOUD = 0.1;
/** A beep is 100 ms long: a loud sample later than this after the one before, in milliseconds, is in another beep. */
const APART_MS = 250;
/** A picture's luma may differ from the painted one by this much. */
const LUMA_ERROR = 18;
/** The luma of each picture of a flash, of 16 to 235. */
const LUMAS = FLASH_GREYS.map((grey) => 16 + (grey * 219) / 255);
/** Times are as the file has them: without this, ffmpeg has every file begin at 0. */
const INPUT = ['-hide_banner', '-nostdin', '-copyts', '-i'];

/** Decodes a file with ffmpeg and finds its flashes and beeps. */
export function decode(path: string): Decoded {
  const { stdout } = spawnSync('ffprobe', [
    '-v',
    'error',
    '-show_entries',
    'stream=codec_type',
    '-of',
    'csv=p=0',
    path,
  ]);
  const hasSound = String(stdout).includes('audio');
  return { flashes: flashesOf(path), beeps: hasSound ? beepsOf(path) : [], hasSound };
}

/** Samples are counted from the time of the decoded frame that they are in, so that a gap in the file keeps its length. */
function beepsOf(path: string): number[] {
  const filter = `aresample=${RATE},aformat=sample_fmts=flt:channel_layouts=mono,ashowinfo`;
  const { stdout, stderr } = ffmpeg([...INPUT, path, '-vn', '-af', filter, '-f', 'f32le', '-']);
  const samples = new Float32Array(stdout.buffer, stdout.byteOffset, Math.floor(stdout.length / 4));
  const beeps: number[] = [];
  let first = 0;
  let last = -Infinity;
  for (const [, seconds, count] of stderr.matchAll(/pts_time:(-?[\d.]+).* nb_samples:(\d+)/g)) {
    for (let n = 0; n < Number(count); n++) {
      if (Math.abs(samples[first + n]!) < LOUD) continue;
      const at = Number(seconds) * 1000 + (n * 1000) / RATE;
      if (at - last > APART_MS) beeps.push(at);
      last = at;
    }
    first += Number(count);
  }
  if (first !== samples.length) throw new Error(`${path}: ${samples.length} samples are decoded, ${first} have a time`);
  return beeps;
}

/** The pictures of a flash differ: one whose first picture was lost on its way began that much earlier. */
function flashesOf(path: string): number[] {
  const filter = 'scale=16:16,signalstats,metadata=print:key=lavfi.signalstats.YAVG';
  const { stderr } = ffmpeg([...INPUT, path, '-an', '-fps_mode', 'passthrough', '-vf', filter, '-f', 'null', '-']);
  const flashes: number[] = [];
  let wasBright = false;
  for (const [, seconds, luma] of stderr.matchAll(/pts_time:(-?[\d.]+)[^]*?YAVG=([\d.]+)/g)) {
    const picture = LUMAS.findIndex((of) => Math.abs(of - Number(luma)) < LUMA_ERROR);
    if (picture >= 0 && !wasBright) flashes.push(Number(seconds) * 1000 - picture * PICTURE_MS);
    wasBright = picture >= 0;
  }
  return flashes;
}

function ffmpeg(options: string[]): { stdout: Buffer; stderr: string } {
  const { stdout, stderr, status } = spawnSync('ffmpeg', options, { maxBuffer: 2 ** 30 });
  if (status !== 0) throw new Error(`ffmpeg ${options.join(' ')}: ${stderr}`);
  return { stdout, stderr: String(stderr) };
}
