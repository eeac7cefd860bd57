import { spawnSync } from 'node:child_process';

/** Samples a second of what ffmpeg decodes here, and of a window: 20 ms. */
const RATE = 48_000;
const WINDOW = 960;
/** Windows a second. */
export const WINDOWS = RATE / WINDOW;
/** The power below which a window is silent: −50 dB of full scale. */
const SILENT = 1e-5;

/** The sound of each window of 20 ms: the pitch of a tone in Hz, 0 for silence, or null for anything else. */
export type Tones = (number | null)[];

/**
 * The tones in each channel of a file's sound.
 *
 * @param pitches - the pitches that may be there: multiples of 50 Hz, so that whole waves fill a window
 * @throws what ffmpeg complains of
 */
export function tonesOf(path: string, pitches: readonly number[]): Tones[] {
  const channels = channelsOf(path);
  const options = ['-v', 'error', '-i', path, '-vn', '-ar', String(RATE), '-f', 'f32le', '-'];
  const { stdout, stderr } = spawnSync('ffmpeg', options, { maxBuffer: 2 ** 28 });
  if (stderr.length > 0) throw new Error(`${path}: ${stderr}`);
  const samples = new Float32Array(stdout.buffer, stdout.byteOffset, stdout.length / 4);
  const windows = Math.floor(samples.length / channels / WINDOW);
  return Array.from({ length: channels }, (_, channel) =>
    Array.from({ length: windows }, (_, n) => {
      const sample = (i: number) => samples[(n * WINDOW + i) * channels + channel]!;
      return toneOf(
        Float64Array.from({ length: WINDOW }, (_, i) => sample(i)),
        pitches,
      );
    }),
  );
}

/** How much of the sound from one time to another, in seconds, is this tone: from 0 to 1. */
export function shareOf(tones: readonly Tones[number][], pitch: number, from = 0, to = Infinity): number {
  const part = tones.slice(Math.ceil(from * WINDOWS), Math.max(0, Math.floor(to * WINDOWS)));
  return part.filter((tone) => tone === pitch).length / part.length;
}

/** For how long a tone is heard in all, in seconds. */
export function lengthOf(tones: readonly Tones[number][], pitch: number): number {
  return tones.filter((tone) => tone === pitch).length / WINDOWS;
}

/** When a tone is heard for longer than this, in seconds. Other windows within it, fewer than three in a row, are of it. */
export function runsOf(
  tones: readonly Tones[number][],
  pitch: number,
  longer: number,
): { start: number; end: number }[] {
  const runs: { start: number; end: number }[] = [];
  for (const [n, tone] of tones.entries()) {
    if (tone !== pitch) continue;
    const [start, end] = [n / WINDOWS, (n + 1) / WINDOWS];
    const last = runs.at(-1);
    if (last && start - last.end < 3 / WINDOWS) last.end = end;
    else runs.push({ start, end });
  }
  return runs.filter(({ start, end }) => end - start > longer);
}

/** The tones, one after another, for error messages: `400×2.98 0×0.5`. Shorter than 60 ms is not named. */
export function summaryOf(tones: readonly Tones[number][]): string {
  const runs: [tone: number | null, windows: number][] = [];
  for (const tone of tones) {
    const last = runs.at(-1);
    if (last?.[0] === tone) last[1]++;
    else runs.push([tone, 1]);
  }
  const named = runs.filter(([, windows]) => windows >= 3);
  return named.map(([tone, windows]) => `${tone}×${(windows / WINDOWS).toFixed(2)}`).join(' ');
}

/** How many channels a file's sound has. */
export function channelsOf(path: string): number {
  const entries = ['-select_streams', 'a', '-show_entries', 'stream=channels', '-of', 'csv=p=0'];
  const { stdout } = spawnSync('ffprobe', ['-v', 'error', ...entries, path], { encoding: 'utf8' });
  const channels = Number(stdout.trim());
  if (!channels) throw new Error(`${path} has no sound`);
  return channels;
}

function toneOf(samples: Float64Array, pitches: readonly number[]): number | null {
  const power = samples.reduce((sum, sample) => sum + sample ** 2, 0) / samples.length;
  if (power < SILENT) return 0;
  const powers = pitches.map((pitch) => {
    let [real, imaginary] = [0, 0];
    samples.forEach((sample, n) => {
      const angle = (2 * Math.PI * pitch * n) / RATE;
      real += sample * Math.cos(angle);
      imaginary += sample * Math.sin(angle);
    });
    return (2 * (real ** 2 + imaginary ** 2)) / samples.length ** 2;
  });
  const loudest = Math.max(...powers);
  return loudest > 0.6 * power ? pitches[powers.indexOf(loudest)]! : null;
}
