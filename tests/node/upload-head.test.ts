import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ALL_FORMATS, BufferSource, EncodedPacketSink, Input } from 'mediabunny';
import { headOf, type FragmentHead } from '../../js/upload/head.js';

type Bytes = Uint8Array<ArrayBuffer>;

const concat = (parts: Bytes[]): Bytes => new Uint8Array(parts.flatMap((part) => [...part]));
const words = (...all: number[]): Bytes => {
  const bytes = new Uint8Array(4 * all.length);
  for (const [n, number] of all.entries()) new DataView(bytes.buffer).setUint32(4 * n, number);
  return bytes;
};
const text = (all: string): Bytes => Uint8Array.from(all, (character) => character.charCodeAt(0));
const box = (name: string, ...contents: Bytes[]): Bytes => {
  const content = concat(contents);
  return concat([words(content.length + 8), text(name), content]);
};

/** A track of Opus, as src/mp4/moov.rs writes it. */
function trak(id: number): Bytes {
  const opus = box('dOps', new Uint8Array([0, 2, 0, 0, 0, 0, 0xbb, 0x80, 0, 0, 0]));
  const entry = concat([words(0, 1, 0, 0), words(0x2_0010, 0, 48_000 * 65_536)]);
  const stsd = box('stsd', words(0, 1), box('Opus', entry, opus));
  const empty = ['stts', 'stsc', 'stco'].map((name) => box(name, words(0, 0)));
  const stbl = box('stbl', stsd, ...empty, box('stsz', words(0, 0, 0)));
  const minf = box('minf', box('smhd', words(0, 0)), stbl);
  const mdhd = box('mdhd', words(1 << 24, 0, 0, 0, 0, 48_000, 0, 0, 0x55c4_0000));
  const hdlr = box('hdlr', words(0, 0), text('soun'), words(0, 0, 0), text('Sound\0'));
  const tkhd = box('tkhd', words((1 << 24) | 7, 0, 0, 0, 0, id, 0, 0, 0, ...Array<number>(15).fill(0)));
  return box('trak', tkhd, box('mdia', mdhd, hdlr, minf));
}

function initialisation(...ids: number[]): Bytes {
  const mvhd = box('mvhd', words(1 << 24, 0, 0, 0, 0, 90_000, 0, 0, 1 << 16, ...Array<number>(18).fill(0), 3));
  return concat([box('ftyp', text('iso6')), box('moov', mvhd, ...ids.map(trak), box('mvex'))]);
}

/** A `moof` of this track, whose samples have these durations and sizes; they begin at this time. */
function moof(id: number, time: number, samples: [duration: number, size: number][]): Bytes {
  const rows = samples.flatMap(([duration, size]) => [duration, size, 0x0200_0000]);
  const of = (offset: number) =>
    box(
      'moof',
      box('mfhd', words(0, 1)),
      box(
        'traf',
        box('tfhd', words(0x02_0000, id)),
        box('tfdt', words(1 << 24, 0, time)),
        box('trun', words(0x701, samples.length, offset, ...rows)),
      ),
    );
  return of(of(0).length + 8);
}

/** Fragments one after the other, with where each begins; each sample is full of its number. */
function stream(parts: Bytes[]): { heads: FragmentHead[]; bytes: Bytes } {
  let [bytes, number]: [Bytes, number] = [new Uint8Array(), 0];
  const heads = parts.map((part) => {
    const head = { offset: bytes.length, bytes: part };
    const rows = [...part].length && Buffer.from(part).includes('moof') ? sizesOf(part) : [];
    const samples = rows.map((size) => new Uint8Array(size).fill(++number));
    const data = rows.length ? [box('mdat', ...samples)] : [];
    bytes = concat([bytes, part, ...data]);
    return head;
  });
  return { heads, bytes };
}

function sizesOf(part: Bytes): number[] {
  const at = Buffer.from(part).indexOf('trun') + 4;
  const view = new DataView(part.buffer, part.byteOffset + at);
  return Array.from({ length: view.getUint32(4) }, (_, n) => view.getUint32(12 + 12 * n + 4));
}

/** The packets of a file's first track: when each begins, and its bytes. */
async function packetsOf(bytes: Bytes): Promise<{ time: number; data: number[] }[]> {
  const input = new Input({ source: new BufferSource(bytes.buffer), formats: ALL_FORMATS });
  const packets = [];
  for await (const { timestamp, data } of new EncodedPacketSink((await input.getPrimaryAudioTrack())!).packets()) {
    packets.push({ time: Math.round(timestamp * 48_000), data: [...data] });
  }
  return packets;
}

test('a head makes a file of fragments, whose samples are where they were, with the gaps between them', async () => {
  const parts = [
    initialisation(2),
    moof(2, 0, [
      [960, 3],
      [960, 5],
    ]),
    // Half a packet is missing before it.
    moof(2, 2400, [[960, 4]]),
  ];
  const { heads, bytes } = stream(parts);
  const file = concat([headOf(heads, bytes.length), bytes]);
  assert.deepEqual(await packetsOf(file), [
    { time: 0, data: [1, 1, 1] },
    { time: 960, data: [2, 2, 2, 2, 2] },
    { time: 2400, data: [3, 3, 3, 3] },
  ]);
});

test('a head is as large as it is to be at least, and its samples are behind all of it', async () => {
  const { heads, bytes } = stream([initialisation(2), moof(2, 0, [[960, 3]])]);
  for (const least of [0, 700, 1000, 5000]) {
    const head = headOf(heads, bytes.length, least);
    assert.ok(head.length >= least && head.length < Math.max(least, 700) + 8, `${least}: ${head.length}`);
    assert.deepEqual(await packetsOf(concat([head, bytes])), [{ time: 0, data: [1, 1, 1] }]);
  }
});

test('the last initialisation counts, and a track of which nothing came is not in the file', async () => {
  const { heads, bytes } = stream([initialisation(1), initialisation(1, 2), moof(2, 960, [[960, 3]])]);
  const head = headOf(heads, bytes.length);
  assert.equal(Buffer.from(head).toString('latin1').split('trak').length - 1, 1);
  // It is shown from the start: there is no edit list.
  assert.deepEqual(await packetsOf(concat([head, bytes])), [{ time: 0, data: [1, 1, 1] }]);
});

test('samples beyond 4 GiB have their place', () => {
  const far = 5 * 2 ** 32 + 17;
  const head = headOf(
    [
      { offset: 0, bytes: initialisation(2) },
      { offset: far, bytes: moof(2, 0, [[960, 3]]) },
    ],
    far + 1000,
  );
  const view = new DataView(head.buffer);
  const at = Buffer.from(head).indexOf('co64') + 4;
  const data = far + moof(2, 0, [[960, 3]]).length + 8;
  assert.equal(Number(view.getBigUint64(at + 8)), head.length + data);
  assert.equal(Number(view.getBigUint64(head.length - 8)), far + 1000 + 16);
});

test('fragments without an initialisation have no head', () => {
  assert.throws(() => headOf([{ offset: 0, bytes: moof(2, 0, [[960, 3]]) }], 100), /no initialisation/);
});
