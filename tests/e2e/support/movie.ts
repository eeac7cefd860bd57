import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ALL_FORMATS, BufferSource, EncodedPacketSink, FilePathSource, Input } from 'mediabunny';
import { readCounter } from '../../../www/loopback/counter.js';

/** The content of an exported file, by independent readers. */
export interface Movie {
  /** The frame counter of each picture, in the order they are shown; null where it can't be read. */
  counters: (number | null)[];
  /** When each picture is shown, in seconds. */
  times: number[];
  /** The positions of the key frames among the pictures, and how many bytes each picture has. */
  keys: number[];
  sizes: number[];
  /** The video stream as `ffprobe` reports it. */
  stream: Record<string, string | number>;
  /** The names of an MP4's boxes: at the top, and those of the track. None in a WebM. */
  boxes: { top: string[]; track: string[] };
  /** The ids of the elements in a WebM's segment, in hexadecimal; none in an MP4. */
  elements: string[];
  /** The same facts from another reader. */
  mediabunny: { start: number; duration: number; frames: number };
}

/** Decodes a file with ffmpeg and reads it with ffprobe and mediabunny. */
export async function readMovie(bytes: Buffer): Promise<Movie> {
  return withFile(bytes, async (path) => {
    const stream = JSON.parse(ffprobe(path, '-show_streams')).streams[0];
    const packets: { pts_time: string; flags: string; size: string }[] = JSON.parse(
      ffprobe(path, '-show_packets', '-select_streams', 'v:0'),
    ).packets;
    return {
      counters: decode(path, stream.width, stream.height),
      times: packets.map((packet) => Number(packet.pts_time)),
      keys: packets.flatMap(({ flags }, i) => (flags.startsWith('K') ? [i] : [])),
      sizes: packets.map(({ size }) => Number(size)),
      stream,
      ...(bytes.readUInt32BE(0) === EBML
        ? { boxes: { top: [], track: [] }, elements: elementsOf(bytes) }
        : { boxes: boxesOf(bytes), elements: [] }),
      mediabunny: await mediabunny(path),
    };
  });
}

/**
 * Decodes a file as editors with one frame rate do: a picture for each time, the last one again where there is none. Returns their
 * frame counters, and how often ffmpeg's `vfrdet` finds that the rate changes.
 */
export function readAtRate(bytes: Buffer, fps: number): Promise<{ counters: (number | null)[]; variable: number }> {
  return withFile(bytes, async (path) => {
    const { width, height } = JSON.parse(ffprobe(path, '-show_streams')).streams[0];
    const { stderr } = spawnSync('ffmpeg', ['-i', path, '-vf', 'vfrdet', '-f', 'null', '-'], { encoding: 'utf8' });
    const [, variable] = /VFR:[\d.]+ \((\d+)\//.exec(stderr) ?? [];
    return { counters: decode(path, width, height, ['-vf', `fps=${fps}`]), variable: Number(variable) };
  });
}

/** The size of an image, the codec of its file, and the frame counter in it. */
export function readImage(
  bytes: Buffer,
): Promise<{ codec: string; width: number; height: number; counter: number | null }> {
  return withFile(bytes, async (path) => {
    const { codec_name: codec, width, height } = JSON.parse(ffprobe(path, '-show_streams')).streams[0];
    return { codec, width, height, counter: decode(path, width, height)[0]! };
  });
}

/** The packets of a file's sound, in hexadecimal. */
export async function packetsOf(file: Buffer): Promise<string[]> {
  const input = new Input({ source: new BufferSource(file), formats: ALL_FORMATS });
  const track = await input.getPrimaryAudioTrack();
  const packets: string[] = [];
  for await (const { data } of new EncodedPacketSink(track!).packets()) packets.push(Buffer.from(data).toString('hex'));
  input.dispose();
  return packets;
}

async function withFile<T>(bytes: Buffer, use: (path: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'trackreel-'));
  const path = join(folder, 'movie.mp4');
  try {
    writeFileSync(path, bytes);
    return await use(path);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function ffprobe(path: string, ...what: string[]): string {
  const options = ['-v', 'error', '-of', 'json', ...what, path];
  return execFileSync('ffprobe', options, { encoding: 'utf8', maxBuffer: 2 ** 28 });
}

/** By default each picture once. */
function decode(
  path: string,
  width: number,
  height: number,
  rate = ['-vsync', 'passthrough', '-enc_time_base', '-1'],
): (number | null)[] {
  const options = ['-v', 'error', '-i', path, ...rate, '-f', 'rawvideo', '-pix_fmt', 'gray', '-'];
  const { stdout, stderr, status } = spawnSync('ffmpeg', options, { maxBuffer: 2 ** 31 });
  if (status !== 0 || stderr.length > 0) throw new Error(`ffmpeg: ${stderr.toString()}`);
  const picture = width * height;
  return Array.from({ length: stdout.length / picture }, (_, i) =>
    readCounter(stdout.subarray(i * picture, (i + 1) * picture), width, width, height),
  );
}

/** What every WebM begins with. */
const EBML = 0x1a45dfa3;

/** The ids of the elements in the segment of a WebM, whose sizes are known (RFC 8794, § 4). */
function elementsOf(bytes: Buffer): string[] {
  const lengthOf = (first: number) => Math.clz32(first) - 23;
  const next = (at: number) => {
    const idLength = lengthOf(bytes[at]!);
    const sizeAt = at + idLength;
    const sizeLength = lengthOf(bytes[sizeAt]!);
    let size = bytes[sizeAt]! & (0xff >> sizeLength);
    for (let i = 1; i < sizeLength; i++) size = size * 256 + bytes[sizeAt + i]!;
    return { id: bytes.toString('hex', at, sizeAt), from: sizeAt + sizeLength, to: sizeAt + sizeLength + size };
  };
  const segment = next(next(0).to);
  if (segment.to !== bytes.length) throw new Error(`the segment ends at ${segment.to} of ${bytes.length}`);
  const ids: string[] = [];
  for (let at = segment.from; at < segment.to;) {
    const { id, to } = next(at);
    ids.push(id);
    at = to;
  }
  return ids;
}

function boxesOf(bytes: Buffer): Movie['boxes'] {
  const children = (from: number, to: number) => {
    const boxes: { name: string; from: number; to: number }[] = [];
    for (let at = from; at < to;) {
      const wide = bytes.readUInt32BE(at) === 1;
      const size = wide ? Number(bytes.readBigUInt64BE(at + 8)) : bytes.readUInt32BE(at);
      boxes.push({ name: bytes.toString('latin1', at + 4, at + 8), from: at + 8, to: at + size });
      at += size;
    }
    return boxes;
  };
  const top = children(0, bytes.length);
  const moov = top.find(({ name }) => name === 'moov')!;
  const trak = children(moov.from, moov.to).find(({ name }) => name === 'trak')!;
  const names = (boxes: { name: string }[]) => boxes.map(({ name }) => name);
  return { top: names(top), track: names(children(trak.from, trak.to)) };
}

async function mediabunny(path: string): Promise<Movie['mediabunny']> {
  const input = new Input({ source: new FilePathSource(path), formats: ALL_FORMATS });
  try {
    const track = await input.getPrimaryVideoTrack();
    if (!track) throw new Error('mediabunny finds no video track');
    let frames = 0;
    for await (const packet of new EncodedPacketSink(track).packets()) if (packet.byteLength > 0) frames++;
    return { start: await track.getFirstTimestamp(), duration: await track.computeDuration(), frames };
  } finally {
    input.dispose();
  }
}
