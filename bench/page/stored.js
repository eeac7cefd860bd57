// Reels of any length, put into the store as trackreel would have recorded them (ARCHITECTURE.md, "The store").
import { Recorder, reels } from 'trackreel';
import { frameOf, insteadOfTracks } from './synthetic.js';

// Small, and yet above level 1b, which Chromium's decoder does not take.
const WIDTH = 192;
const HEIGHT = 108;
const FPS = 30;
/** Samples a segment: two seconds. */
export const SAMPLES = 60;
/** This many segments are merged once they are old (src/recording/shelf.rs). */
const MERGED = 16;
/** Packets of sound a segment: two seconds of packets of 20 ms. */
export const PACKETS = 100;
const PACKET_US = 20_000;
const OPUS = { codec: 'opus', sampleRate: 48_000, channels: 1, description: new Uint8Array() };
/** A transaction takes this many records. */
const TRANSACTION = 10;
/** ISO/IEC 14496-10 § 7.3.2.7: filler data, which decoders skip. */
const FILLER_NAL = 12;
const NAL_LENGTH = 4;
/** A filler NAL unit has its length, its type, the sample's number, and its trailing bits. */
const NUMBER_AT = NAL_LENGTH + 1;
const NUMBER_LEN = 4;
const LEAST_FILLER = NUMBER_AT + NUMBER_LEN + 1;

const microseconds = (sample) => Math.round((sample * 1e6) / FPS);

/**
 * Stores a reel of this many segments, every sample of this many bytes, with as many segments of sound if it `hasSound`; `digests` are
 * those of the requested samples.
 */
export async function fill({ segments, sampleBytes, hasSound, digestsOf }) {
  const { reel, segment, samples } = await recorded();
  const id = `${reel.id}-${segments}${hasSound ? '-sound' : ''}`;
  const fillers = samples.map((sample) => sampleBytes - sample.length);
  const least = Math.min(...fillers);
  if (least < LEAST_FILLER) throw new Error(`a sample of ${sampleBytes} bytes is too small for its picture`);
  const pattern = new Uint8Array(SAMPLES * sampleBytes);
  randomize(pattern);
  samples.forEach((sample, n) => {
    const start = n * sampleBytes;
    const end = start + sampleBytes;
    pattern.set(sample, start);
    new DataView(pattern.buffer).setUint32(start + sample.length, fillers[n] - NAL_LENGTH);
    pattern[start + sample.length + NAL_LENGTH] = FILLER_NAL;
    pattern[end - 1] = 0x80;
  });
  const bytesOf = (index) => {
    const bytes = pattern.slice();
    samples.forEach((sample, n) => {
      // Seven bits a byte, so that there are never zeros that would have to be escaped.
      for (let i = 0; i < NUMBER_LEN; i++) {
        const seven = ((index * SAMPLES + n) >> (7 * i)) & 0x7f;
        bytes[n * sampleBytes + sample.length + NUMBER_AT + i] = 0x80 | seven;
      }
    });
    return bytes;
  };

  const database = await open();
  const records = recordsOf(segments);
  while (records.length > 0) {
    const transaction = database.transaction('segments', 'readwrite');
    const store = transaction.objectStore('segments');
    for (const { index, count } of records.splice(0, TRANSACTION)) {
      const indexes = Array.from({ length: count }, (_, n) => index + n);
      const pictures = indexes.map(bytesOf);
      const record = {
        ...segment,
        reel: id,
        index,
        table: table(index, count, sampleBytes, hasSound && count > 1),
        data: new Blob(pictures),
      };
      if (!hasSound) {
        store.put(record);
        continue;
      }
      const sounds = indexes.map(soundOf);
      const sound = { index, config: 0, table: soundTable(index, count) };
      if (count > 1) {
        const seconds = indexes.flatMap((index, n) =>
          [0, 1].flatMap((second) => secondOf(pictures[n], sounds[n], index, second)),
        );
        store.put({ ...record, data: new Blob(seconds), sound: { ...sound, order: order(count) } });
      } else {
        store.put(record);
        store.put({ ...sound, reel: id, track: 1, data: new Blob(sounds) });
      }
    }
    await finished(transaction);
  }
  const frames = segments * SAMPLES;
  const soundBytes = hasSound ? soundStart(segments * PACKETS) : 0;
  const bytes = frames * sampleBytes + soundBytes;
  const tracks = hasSound ? [...reel.tracks, { kind: 'audio', configs: [OPUS] }] : reel.tracks;
  const transaction = database.transaction('reels', 'readwrite');
  transaction
    .objectStore('reels')
    .put({ ...reel, id, complete: true, tracks, durationUs: microseconds(frames), bytes, frames });
  await finished(transaction);
  database.close();

  const [digests, soundDigests] = [[], []];
  for (const sample of digestsOf) {
    const start = (sample % SAMPLES) * sampleBytes;
    const all = bytesOf(Math.floor(sample / SAMPLES));
    digests.push(await digest(all.subarray(start, start + sampleBytes)));
  }
  for (const packet of hasSound ? digestsOf.map(packetBeside) : []) soundDigests.push(await digest(packetOf(packet)));
  return { id, digests, soundDigests, soundBytes };
}

/** The packet during which a sample of pictures begins, or a little before. */
export function packetBeside(sample) {
  return Math.floor((sample * PACKETS) / SAMPLES);
}

/** The size of a packet of Opus, as of speech at 28 kbit/s. */
function packetSize(packet) {
  return 60 + (packet % 21);
}

/** How many bytes the packets before this one have. */
function soundStart(packet) {
  const [rounds, rest] = [Math.floor(packet / 21), packet % 21];
  return rounds * (60 * 21 + 210) + rest * 60 + (rest * (rest - 1)) / 2;
}

/** A packet: its number, and bytes that differ. */
function packetOf(packet) {
  const bytes = Uint8Array.from({ length: packetSize(packet) }, (_, n) => packet * 31 + n * 7);
  new DataView(bytes.buffer).setUint32(0, packet);
  return bytes;
}

function soundOf(index) {
  const start = soundStart(index * PACKETS);
  const bytes = new Uint8Array(soundStart((index + 1) * PACKETS) - start);
  for (let n = 0; n < PACKETS; n++) {
    const packet = index * PACKETS + n;
    bytes.set(packetOf(packet), soundStart(packet) - start);
  }
  return bytes;
}

/** A second of a segment: its pictures, and the sound beside them. */
function secondOf(pictures, sound, index, second) {
  const middle = soundStart(index * PACKETS + PACKETS / 2) - soundStart(index * PACKETS);
  const half = (bytes, at) => (second === 0 ? bytes.subarray(0, at) : bytes.subarray(at));
  return [half(pictures, pictures.length / 2), half(sound, middle)];
}

/** The packed order of a record's samples (src/reel/shared.rs). */
function order(count) {
  const counts = Array.from({ length: count * 2 }, () => [SAMPLES / 2, PACKETS / 2]).flat();
  const packed = new DataView(new ArrayBuffer(counts.length * 4));
  counts.forEach((samples, n) => packed.setUint32(n * 4, samples, true));
  return new Uint8Array(packed.buffer);
}

/** The records of this many segments, as a recording leaves them: the latest ones are not merged yet. */
function recordsOf(segments) {
  const records = [];
  for (let index = 0; index < segments;) {
    const count = index + MERGED + 2 <= segments ? MERGED : 1;
    records.push({ index, count });
    index += count;
  }
  return records;
}

/** The same by hand, as the least it can take: the records of a reel read, and a Blob made of theirs; in milliseconds. */
export async function least(id) {
  const database = await open();
  const asked = performance.now();
  const records = await resultOf(
    database
      .transaction('segments')
      .objectStore('segments')
      .getAll(IDBKeyRange.bound([id], [id, []])),
  );
  const read = performance.now();
  const { size } = new Blob(records.map(({ data }) => data));
  const joined = performance.now();
  database.close();
  if (size === 0) throw new Error(`the reel ${id} is empty`);
  return { read: read - asked, make: joined - read };
}

/** A reel of a little more than a segment, as trackreel records it: its record, that of its first segment, and the samples of it. */
export async function recorded() {
  const picture = new Uint8Array((WIDTH * HEIGHT * 3) / 2);
  let n = 0;
  const undo = insteadOfTracks(async () => {
    if (n === SAMPLES * 1.5) return undefined;
    picture.fill(40 + n, 0, WIDTH * HEIGHT).fill(128, WIDTH * HEIGHT);
    await new Promise((resolve) => setTimeout(resolve, 5));
    return frameOf(picture, WIDTH, HEIGHT, microseconds(n++));
  });
  const [track] = document.createElement('canvas').captureStream().getVideoTracks();
  const recorder = new Recorder(track, { codec: 'h264', freeze: 'keep', maxLength: Infinity });
  const stopped = new Promise((resolve, reject) => {
    recorder.addEventListener('stop', resolve);
    recorder.addEventListener('error', ({ detail }) => reject(detail));
  });
  await recorder.start();
  undo();
  await stopped;
  const { id } = recorder.reel;
  const database = await open();
  const reel = await resultOf(database.transaction('reels').objectStore('reels').get(id));
  const segment = await resultOf(database.transaction('segments').objectStore('segments').get([id, 0, 0]));
  const samples = await samplesOf(segment);
  database.close();
  await recorder.reel.delete();
  if (samples.length < SAMPLES) {
    const { frames, drops } = recorder.progress;
    throw new Error(`the first segment has ${samples.length} samples; ${frames} frames, ${JSON.stringify(drops)}`);
  }
  return { reel, segment, samples: samples.slice(0, SAMPLES) };
}

/** The reel of this name, as the package lists it. */
export async function find(id) {
  const reel = (await reels.list()).find((reel) => reel.id === id);
  if (!reel) throw new Error(`the reel ${id} is not listed`);
  return reel;
}

/** Half of SHA-256, as a text. */
export async function digest(bytes) {
  const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  return [...hash.subarray(0, 16)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

// The packed table of src/reel/table.rs.
const TABLE_VERSION = 1;
const TABLE_HEADER = 12;
const TABLE_ROW = 16;
/** The form of tables in a record of both tracks. */
const SHORT_VERSION = 2;
const SHORT_HEADER = TABLE_HEADER + 8;
const SHORT_ROW = 8;
const KEY = 2 ** 31;

function table(index, count, sampleBytes, isShort) {
  const size = (sample) => sampleBytes + (sample % SAMPLES === 0 ? KEY : 0);
  return (isShort ? packedShort : packed)(index * SAMPLES, count * SAMPLES, microseconds, size);
}

function soundTable(index, count) {
  return (count > 1 ? packedShort : packed)(
    index * PACKETS,
    count * PACKETS,
    (packet) => packet * PACKET_US,
    (packet) => packetSize(packet) + KEY,
  );
}

function packed(first, samples, timeOf, sizeOf) {
  const packed = new DataView(new ArrayBuffer(TABLE_HEADER + samples * TABLE_ROW));
  packed.setUint32(0, TABLE_VERSION, true);
  packed.setBigInt64(4, BigInt(timeOf(first + samples)), true);
  for (let n = 0; n < samples; n++) {
    const row = TABLE_HEADER + n * TABLE_ROW;
    packed.setBigInt64(row, BigInt(timeOf(first + n)), true);
    packed.setUint32(row + 12, sizeOf(first + n), true);
  }
  return new Uint8Array(packed.buffer);
}

function packedShort(first, samples, timeOf, sizeOf) {
  const packed = new DataView(new ArrayBuffer(SHORT_HEADER + samples * SHORT_ROW));
  packed.setUint32(0, SHORT_VERSION, true);
  packed.setBigInt64(4, BigInt(timeOf(first + samples)), true);
  packed.setBigInt64(12, BigInt(timeOf(first)), true);
  for (let n = 0; n < samples; n++) {
    const row = SHORT_HEADER + n * SHORT_ROW;
    packed.setUint32(row, n === 0 ? 0 : timeOf(first + n) - timeOf(first + n - 1), true);
    packed.setUint32(row + 4, sizeOf(first + n), true);
  }
  return new Uint8Array(packed.buffer);
}

async function samplesOf({ table, data }) {
  const packed = new DataView(table.buffer, table.byteOffset, table.byteLength);
  const version = packed.getUint32(0, true);
  if (version !== TABLE_VERSION) throw new Error(`sample tables of version ${version} are not known here`);
  // A small segment is an ArrayBuffer.
  const bytes = new Uint8Array(await new Blob([data]).arrayBuffer());
  const samples = [];
  for (let row = TABLE_HEADER, at = 0; row < packed.byteLength; row += TABLE_ROW) {
    const size = packed.getUint32(row + 12, true) % KEY;
    samples.push(bytes.subarray(at, at + size));
    at += size;
  }
  return samples;
}

/** Bytes that can't be compressed, and have no zeros. */
function randomize(bytes) {
  for (let at = 0; at < bytes.length; at += 65536) crypto.getRandomValues(bytes.subarray(at, at + 65536));
  for (let at = 0; at < bytes.length; at++) bytes[at] |= 0x80;
}

async function open() {
  // The package makes the database.
  await reels.list();
  return resultOf(indexedDB.open('trackreel'));
}

function resultOf(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

function finished(transaction) {
  return new Promise((resolve, reject) => {
    transaction.oncomplete = resolve;
    transaction.onabort = () => reject(transaction.error ?? new Error('a write was aborted'));
  });
}
