// The encoder in Node: the module by itself, and the class around it.
import { mkdir, readFile } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { buildAac } from '../../scripts/aac.mjs';

const FOLDER = 'target/aac/tests';
await mkdir(FOLDER, { recursive: true });
await build({
  entryPoints: ['js/aac/encoder.ts', 'js/aac/module.ts'],
  bundle: true,
  splitting: true,
  format: 'esm',
  outdir: FOLDER,
  outExtension: { '.js': '.mjs' },
  logLevel: 'error',
});

export const { FRAME, Module } = await import(pathToFileURL(`${FOLDER}/module.mjs`));
export const { AacEncoder } = await import(pathToFileURL(`${FOLDER}/encoder.mjs`));
export const compiled = await WebAssembly.compile(await readFile(await buildAac()));

export const SETTINGS = { sampleRate: 48_000, channels: 2, bitrate: 128_000 };

/** The access units of these planes, filled up with silence until a decoder gives all of them, and what decodes them. */
export function encode(planes, settings = {}) {
  const module = new Module(compiled);
  const refusal = module.create({ ...SETTINGS, channels: planes.length, ...settings });
  if (refusal) throw new Error(refusal);
  const count = Math.ceil((planes[0].length + module.priming) / FRAME);
  const units = Array.from({ length: count }, (_, n) => {
    for (const [channel, plane] of planes.entries()) {
      const room = module.room(channel);
      room.fill(0);
      room.set(plane.subarray(n * FRAME, (n + 1) * FRAME));
    }
    return module.encode();
  });
  return { units, description: module.description(), priming: module.priming, memory: module.memory };
}

/** Chords that swell, a little different in each channel. */
export function chords(length, { sampleRate = SETTINGS.sampleRate, channels = SETTINGS.channels } = {}) {
  return Array.from({ length: channels }, (_, channel) =>
    Float32Array.from({ length }, (_, i) => {
      const at = i / sampleRate;
      const swell = 0.5 - 0.5 * Math.cos(2 * Math.PI * 3 * at);
      const sines = [220, 277.2, 1318.5, 3520].map((f, n) => Math.sin(2 * Math.PI * f * at + n * channel));
      return 0.2 * swell * sines.reduce((sum, sine) => sum + sine);
    }),
  );
}

/** Noise of full scale, the same each time. */
export function noise(length, channels) {
  let state = 1;
  const next = () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 31 - 1;
  return Array.from({ length: channels }, () => Float32Array.from({ length }, next));
}

/** Signal to noise in dB of what was decoded, `delay` samples later. */
export function snr(plane, later, delay) {
  let [signal, error] = [0, 0];
  for (let i = 0; i < plane.length; i++) {
    signal += plane[i] ** 2;
    error += (plane[i] - later[i + delay]) ** 2;
  }
  return 10 * Math.log10(signal / error);
}
