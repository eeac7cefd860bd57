// The encoder in Node: the module by itself, and the class around it.
import { mkdir, readFile } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { buildAac } from '../../scripts/aac.mjs';

const FOLDER = 'target/aac/node';
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
