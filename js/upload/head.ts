// The index of an MP4 (ISO/IEC 14496-12) whose media is a stream of fragments: what stands before them is `ftyp`, `moov` and the header of
// an `mdat` that holds them all, with their own headers between the samples. So it is a faststart file that no server has to touch.

/** What stands before the samples of a fragment, and where the fragment begins among all of them. */
export interface FragmentHead {
  offset: number;
  /** Its `moof`, or all of an initialisation. */
  bytes: Uint8Array<ArrayBuffer>;
}

/** What a track has in one fragment: one after the other, from an offset among all fragments. */
interface Chunk {
  offset: number;
  /** When its first sample is decoded, in ticks. */
  time: number;
  /** Of each sample: its ticks, its size, its composition offset, and whether it is a key frame. */
  samples: { duration: number; size: number; composition: number; key: boolean }[];
}

/** A box: its name, and its content. */
interface Box {
  name: string;
  content: Uint8Array<ArrayBuffer>;
}

const MDAT_HEADER = 16;
const BOX_HEADER = 8;
/** The flag of a `trun` for composition offsets (§ 8.8.8.1), and that of a sample that is no sync sample (§ 8.8.3.1). */
const HAS_COMPOSITION = 0x800;
const NO_SYNC = 0x01_0000;
/** The content of `ftyp`. */
const BRANDS = 'isom\0\0\x02\0isomiso2mp41';

/**
 * All that stands before the fragments: at least this many bytes, filled up with a `free` box.
 *
 * @param heads - those of all fragments, in order, initialisations among them; the last of these counts
 * @param size - how many bytes all fragments have
 */
export function headOf(heads: FragmentHead[], size: number, least = 0): Uint8Array<ArrayBuffer> {
  const initialisation = heads.findLast(({ bytes }) => nameAt(bytes, 4) === 'ftyp');
  if (!initialisation) throw new Error('there is no initialisation among the fragments');
  const tracks = new Map<number, Chunk[]>();
  for (const head of heads) if (nameAt(head.bytes, 4) === 'moof') addChunks(tracks, head);
  const moov = boxesOf(initialisation.bytes).find(({ name }) => name === 'moov')!;
  const ftyp = boxOf('ftyp', [bytesOf(BRANDS)]);
  // Where the samples are does not change how long the index is.
  const indexSize = ftyp.length + moovOf(moov, tracks, 0).length;
  const rest = least - indexSize - MDAT_HEADER;
  const filler = rest > 0 ? boxOf('free', [new Uint8Array(Math.max(0, rest - BOX_HEADER))]) : new Uint8Array();
  const start = indexSize + filler.length + MDAT_HEADER;
  const mdat = new Uint8Array(MDAT_HEADER);
  const view = viewOf(mdat);
  view.setUint32(0, 1);
  mdat.set(bytesOf('mdat'), 4);
  view.setBigUint64(8, BigInt(size + MDAT_HEADER));
  return concat([ftyp, moovOf(moov, tracks, start), filler, mdat]);
}

/** Adds what a fragment has of each track. */
function addChunks(tracks: Map<number, Chunk[]>, { offset, bytes }: FragmentHead): void {
  const [moof] = boxesOf(bytes);
  for (const traf of boxesOf(moof!.content).filter(({ name }) => name === 'traf')) {
    const parts = new Map(boxesOf(traf.content).map(({ name, content }) => [name, viewOf(content)]));
    const [tfhd, tfdt, trun] = [parts.get('tfhd')!, parts.get('tfdt')!, parts.get('trun')!];
    const hasComposition = (trun.getUint32(0) & HAS_COMPOSITION) !== 0;
    const samples = [];
    let at = 12;
    for (let left = trun.getUint32(4); left > 0; left--) {
      const [duration, size, flags] = [trun.getUint32(at), trun.getUint32(at + 4), trun.getUint32(at + 8)];
      const composition = hasComposition ? trun.getInt32(at + 12) : 0;
      samples.push({ duration, size, composition, key: (flags & NO_SYNC) === 0 });
      at += hasComposition ? 16 : 12;
    }
    const id = tfhd.getUint32(4);
    const chunk = { offset: offset + trun.getInt32(8), time: Number(tfdt.getBigUint64(4)), samples };
    if (!tracks.get(id)?.push(chunk)) tracks.set(id, [chunk]);
  }
}

/** A `moov` with the samples in its tables, of one without (§ 8.2). `start` is where the fragments begin in the file. */
function moovOf(moov: Box, tracks: Map<number, Chunk[]>, start: number): Uint8Array<ArrayBuffer> {
  const boxes = boxesOf(moov.content);
  const mvhd = boxes.find(({ name }) => name === 'mvhd')!;
  const scale = viewOf(mvhd.content).getUint32(20);
  let longest = 0;
  const traks = boxes
    .filter(({ name }) => name === 'trak')
    .flatMap(({ content }) => {
      const id = viewOf(find(content, ['tkhd'])).getUint32(20);
      const chunks = tracks.get(id);
      if (!chunks) return [];
      const times = timesOf(chunks);
      const own = viewOf(find(content, ['mdia', 'mdhd'])).getUint32(20);
      const length = Math.round((times.duration / own) * scale);
      longest = Math.max(longest, length);
      return [trakOf(content, chunks, times, length, start)];
    });
  const header = boxOf('mvhd', [withLength(mvhd.content, 24, longest)]);
  return boxOf('moov', [header, ...traks]);
}

/** The ticks from each sample to the next, and of all. The first is shown from 0 on: there is no edit list. */
function timesOf(chunks: Chunk[]): { deltas: number[]; duration: number } {
  const samples = chunks.flatMap(({ samples }) => samples);
  const deltas = samples.map(({ duration }) => duration);
  let [n, end] = [-1, 0];
  for (const { time, samples } of chunks) {
    // What is between two fragments belongs to the sample before.
    if (n >= 0) deltas[n]! += time - end;
    else deltas[0]! += time;
    n += samples.length;
    end = time + samples.reduce((sum, { duration }) => sum + duration, 0);
  }
  return { deltas: deltas.map((delta) => Math.max(1, delta)), duration: deltas.reduce((sum, delta) => sum + delta, 0) };
}

function trakOf(
  trak: Uint8Array<ArrayBuffer>,
  chunks: Chunk[],
  { deltas, duration }: { deltas: number[]; duration: number },
  length: number,
  start: number,
): Uint8Array<ArrayBuffer> {
  const samples = chunks.flatMap(({ samples }) => samples);
  const keys = samples.flatMap(({ key }, n) => (key ? [n + 1] : []));
  const compositions = samples.map(({ composition }) => composition);
  const counts = chunks.map(({ samples }) => samples.length);
  const isOther = (count: number, n: number) => n === 0 || count !== counts[n - 1];
  const runs = counts.flatMap((count, n) => (isOther(count, n) ? [[n + 1, count, 1]] : []));
  const offsets = new Uint8Array(4 + 4 + 8 * chunks.length);
  viewOf(offsets).setUint32(4, chunks.length);
  for (const [n, { offset }] of chunks.entries()) viewOf(offsets).setBigUint64(8 + 8 * n, BigInt(start + offset));
  const tables = [
    boxOf('stsd', [find(trak, ['mdia', 'minf', 'stbl', 'stsd'])]),
    table('stts', runsOf(deltas)),
    ...(compositions.some((offset) => offset !== 0) ? [table('ctts', runsOf(compositions), 1)] : []),
    ...(keys.length < samples.length
      ? [
          table(
            'stss',
            keys.map((key) => [key]),
          ),
        ]
      : []),
    table('stsc', runs),
    boxOf('stsz', [numbers([0, 0, samples.length, ...samples.map(({ size }) => size)])]),
    boxOf('co64', [offsets]),
  ];
  const replace = (content: Uint8Array<ArrayBuffer>, path: string[]): Uint8Array<ArrayBuffer> => {
    const boxes = boxesOf(content).map(({ name, content }) => {
      if (name === 'tkhd') return boxOf(name, [withLength(content, 28, length)]);
      if (name === 'mdhd') return boxOf(name, [withLength(content, 24, duration)]);
      if (name === 'stbl') return boxOf(name, tables);
      return boxOf(name, [name === path[0] ? replace(content, path.slice(1)) : content]);
    });
    return concat(boxes);
  };
  return boxOf('trak', [replace(trak, ['mdia', 'minf'])]);
}

/** Equal numbers that follow one another: how many, and the number. */
function runsOf(all: number[]): number[][] {
  const runs: number[][] = [];
  for (const number of all) {
    const last = runs.at(-1);
    if (last?.[1] === number) last[0]!++;
    else runs.push([1, number]);
  }
  return runs;
}

/** A box with a version, and rows of numbers behind their count. */
function table(name: string, rows: number[][], version = 0): Uint8Array<ArrayBuffer> {
  return boxOf(name, [numbers([version << 24, rows.length, ...rows.flat()])]);
}

/** Numbers of 32 bits. */
function numbers(all: number[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(4 * all.length);
  const view = viewOf(bytes);
  for (const [n, number] of all.entries()) view.setUint32(4 * n, number);
  return bytes;
}

/** A copy with a number of 64 bits at this place. */
function withLength(content: Uint8Array<ArrayBuffer>, at: number, length: number): Uint8Array<ArrayBuffer> {
  const copy = content.slice();
  viewOf(copy).setBigUint64(at, BigInt(length));
  return copy;
}

/** The content of the box at this path. */
function find(content: Uint8Array<ArrayBuffer>, [name, ...rest]: string[]): Uint8Array<ArrayBuffer> {
  const found = boxesOf(content).find((box) => box.name === name);
  if (!found) throw new Error(`the initialisation has no ${name}`);
  return rest.length ? find(found.content, rest) : found.content;
}

function boxesOf(bytes: Uint8Array<ArrayBuffer>): Box[] {
  const [boxes, view]: [Box[], DataView] = [[], viewOf(bytes)];
  for (let at = 0; at + BOX_HEADER <= bytes.length;) {
    const size = view.getUint32(at);
    if (size < BOX_HEADER || at + size > bytes.length) break;
    boxes.push({ name: nameAt(bytes, at + 4), content: bytes.subarray(at + BOX_HEADER, at + size) });
    at += size;
  }
  return boxes;
}

function boxOf(name: string, contents: Uint8Array<ArrayBuffer>[]): Uint8Array<ArrayBuffer> {
  const box = concat([new Uint8Array(BOX_HEADER), ...contents]);
  viewOf(box).setUint32(0, box.length);
  box.set(bytesOf(name), 4);
  return box;
}

function concat(parts: Uint8Array<ArrayBuffer>[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

function viewOf({ buffer, byteOffset, byteLength }: Uint8Array): DataView {
  return new DataView(buffer, byteOffset, byteLength);
}

function nameAt(bytes: Uint8Array, at: number): string {
  return String.fromCharCode(...bytes.subarray(at, at + 4));
}

function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}
