import { spawnSync } from 'node:child_process';

/** Samples a second of what ffmpeg decodes here. */
const RATE = 48_000;

/** The samples of a file's sound, all channels as one. Throws what ffmpeg complains of. */
function samplesOf(path: string): Float32Array {
  const options = ['-v', 'error', '-i', path, '-vn', '-ac', '1', '-ar', String(RATE), '-f', 'f32le', '-'];
  const { stdout, stderr } = spawnSync('ffmpeg', options, { maxBuffer: 2 ** 28 });
  if (stderr.length > 0) throw new Error(`${path}: ${stderr}`);
  return new Float32Array(stdout.buffer, stdout.byteOffset, stdout.length / 4);
}

/** When each beep of a file begins, in seconds, and the length of the sound. */
export function beepsOf(path: string): { beeps: number[]; length: number } {
  const samples = samplesOf(path);
  const beeps: number[] = [];
  let last = -RATE;
  samples.forEach((sample, n) => {
    if (Math.abs(sample) < 0.1) return;
    if (n - last > RATE / 4) beeps.push(n / RATE);
    last = n;
  });
  return { beeps, length: samples.length / RATE };
}

/** Where the sound of a file is silent for longer than a wave takes, in seconds. */
export function gapsOf(path: string): { start: number; end: number }[] {
  const gaps: { start: number; end: number }[] = [];
  let last = 0;
  samplesOf(path).forEach((sample, n) => {
    if (Math.abs(sample) < 0.1) return;
    if (n - last > RATE / 100) gaps.push({ start: last / RATE, end: n / RATE });
    last = n;
  });
  return gaps;
}

/** When each flash of a file begins, in seconds. */
export function flashesOf(path: string): number[] {
  const filter = 'scale=16:16,signalstats,metadata=print:key=lavfi.signalstats.YAVG';
  const options = ['-v', 'info', '-i', path, '-an', '-vf', filter, '-f', 'null', '-'];
  const { stderr } = spawnSync('ffmpeg', options, { maxBuffer: 2 ** 28 });
  const flashes: number[] = [];
  let [time, wasBright] = [0, false];
  for (const line of String(stderr).split('\n')) {
    time = Number(/pts_time:([\d.]+)/.exec(line)?.[1] ?? time);
    const luma = /YAVG=([\d.]+)/.exec(line)?.[1];
    if (!luma) continue;
    const isBright = Number(luma) > 128;
    if (isBright && !wasBright) flashes.push(time);
    wasBright = isBright;
  }
  return flashes;
}

/** How far the nearest beep is from each of these flashes, in seconds; `Infinity` without a beep. */
export function apart(flashes: number[], beeps: number[]): number[] {
  const nearer = (one: number, other: number) => (Math.abs(other) < Math.abs(one) ? other : one);
  return flashes.map((flash) => beeps.map((beep) => beep - flash).reduce(nearer, Infinity));
}

/** The kinds of a file's tracks, with the length of each in seconds. */
export function tracksOf(path: string): { kind: string; length: number }[] {
  const entries = ['-show_entries', 'stream=codec_type,duration', '-of', 'json'];
  const { stdout } = spawnSync('ffprobe', ['-v', 'error', ...entries, path], { encoding: 'utf8' });
  const { streams } = JSON.parse(stdout) as { streams: { codec_type: string; duration: string }[] };
  return streams.map(({ codec_type: kind, duration }) => ({ kind, length: Number(duration) }));
}
