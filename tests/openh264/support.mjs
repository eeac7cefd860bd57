// The module in Node, and independent readers of its output.
import { spawnSync } from 'node:child_process';
import { mkdir, readFile } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { camera } from '../../bench/openh264/pictures.js';
import { buildOpenH264 } from '../../scripts/openh264.mjs';

const BUNDLE = 'target/openh264/tests/module.mjs';
await mkdir('target/openh264/tests', { recursive: true });
await build({
  entryPoints: ['js/openh264/module.ts'],
  bundle: true,
  format: 'esm',
  outfile: BUNDLE,
  logLevel: 'error',
});

export const { Module, codecOf } = await import(pathToFileURL(BUNDLE));
export const simd = await compiled({});
export const scalar = await compiled({ scalar: true });

async function compiled(options) {
  return WebAssembly.compile(await readFile(await buildOpenH264(options)));
}

export const BT709 = { primaries: 'bt709', transfer: 'bt709', matrix: 'bt709', fullRange: false };
export const SETTINGS = { width: 320, height: 180, framerate: 30, bitrate: 500_000, mayLeaveOut: true, colour: BT709 };

const pictures = new Map();

/** Pictures of a moving camera, I420; the same arrays each time. */
export function moving({ width, height }, count) {
  const name = `${width}x${height}`;
  if (!pictures.has(name)) pictures.set(name, { draw: camera(width, height), all: [] });
  const { draw, all } = pictures.get(name);
  while (all.length < count) all.push(draw(all.length));
  return all.slice(0, count);
}

/** Nothing but noise, which no bitrate suffices for. */
export function noise({ width, height }, count) {
  let state = 1;
  return Array.from({ length: count }, () => {
    const picture = new Uint8Array((width * height * 3) / 2);
    for (let i = 0; i < picture.length; i++)
      picture[i] = (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) >>> 24;
    return picture;
  });
}

/** Encodes pictures; returns the chunk of each (nothing where it was dropped), and a decoder's configuration. */
export function encode(
  frames,
  { settings = SETTINGS, layout = 'I420', size = settings, module = simd, at, keys = [] } = {},
) {
  const encoder = new Module(module);
  encoder.configure(settings);
  const chunks = frames.map((picture, n) => {
    encoder.room(layout, size.width, size.height).set(picture);
    return encoder.encode(at ? at(n) : (n * 1e6) / settings.framerate, keys.includes(n));
  });
  return { chunks, description: encoder.description(), memory: encoder.memory };
}

/** The bytes of all chunks. */
export const bytesOf = (chunks) => chunks.reduce((sum, chunk) => sum + (chunk?.data.byteLength ?? 0), 0);

/** The NAL units of a sample (ISO/IEC 14496-15 § 5.3.2), whose lengths must add up. */
export function unitsOf(data) {
  const bytes = Buffer.from(data);
  const units = [];
  for (let at = 0; at < bytes.length;) {
    const length = bytes.readUInt32BE(at);
    if (length === 0 || at + 4 + length > bytes.length) throw new Error(`a NAL unit of ${length} bytes at ${at}`);
    units.push(bytes.subarray(at + 4, at + 4 + length));
    at += 4 + length;
  }
  return units;
}

/** The fields of an avcC record (ISO/IEC 14496-15 § 5.3.3.1). */
export function readDescription(description) {
  const bytes = Buffer.from(description);
  const [version, profile, constraints, level, lengthSize] = bytes;
  let at = 5;
  const sets = (count) =>
    Array.from({ length: count }, () => {
      const length = bytes.readUInt16BE(at);
      at += 2 + length;
      return bytes.subarray(at - length, at);
    });
  const sps = sets(bytes[at++] & 31);
  const pps = sets(bytes[at++]);
  return { version, profile, constraints, level, lengthSize: (lengthSize & 3) + 1, sps, pps, rest: bytes.length - at };
}

/** The same in Annex B, for readers without MP4. */
export function annexB({ chunks, description }) {
  const { sps, pps } = readDescription(description);
  const units = [...sps, ...pps, ...chunks.flatMap((chunk) => (chunk ? unitsOf(chunk.data) : []))];
  return Buffer.concat(units.flatMap((unit) => [Buffer.from([0, 0, 0, 1]), unit]));
}

/** The pictures, decoded by ffmpeg. */
export function decode(encoded, { width, height }) {
  const args = ['-v', 'error', '-f', 'h264', '-i', '-', '-fps_mode', 'passthrough', '-f', 'rawvideo', '-'];
  const { stdout, stderr } = spawnSync('ffmpeg', args, { input: annexB(encoded), maxBuffer: 2 ** 30 });
  if (stderr.length) throw new Error(String(stderr));
  const size = (width * height * 3) / 2;
  if (stdout.length % size) throw new Error(`${stdout.length} bytes are no pictures of ${width}×${height}`);
  return Array.from({ length: stdout.length / size }, (_, n) => stdout.subarray(n * size, (n + 1) * size));
}

/** The stream as ffprobe reports it. */
export function probe(encoded) {
  const args = ['-v', 'error', '-f', 'h264', '-show_streams', '-of', 'json', '-'];
  const { stdout } = spawnSync('ffprobe', args, { input: annexB(encoded) });
  return JSON.parse(stdout).streams[0];
}

/** How like each other two pictures are, in dB; of luma if its number of pixels is given. */
export function psnr(a, b, length = a.length) {
  let sum = 0;
  for (let i = 0; i < length; i++) sum += (a[i] - b[i]) ** 2;
  return sum === 0 ? Infinity : 10 * Math.log10((255 ** 2 * length) / sum);
}
