// Exports of reels that were put into the store, and whether the files are right.
import { ALL_FORMATS, BlobSource, EncodedPacketSink, Input, VideoSampleSink } from 'mediabunny';
import { headOf } from '../../js/upload/head.ts';
import { upload } from '../../pkg/upload.js';
import { digest, fill, find, least, packetBeside } from './stored.js';

let reel;
let file;

globalThis.bench = {
  fill,
  least,

  /** Lists the reels, and keeps that one's handle; in milliseconds. */
  async find(id) {
    const asked = performance.now();
    reel = await find(id);
    return performance.now() - asked;
  },

  /** From the call to the Blob, in milliseconds. */
  async export() {
    file = undefined;
    const asked = performance.now();
    file = await reel.export();
    return performance.now() - asked;
  },

  /** Reads all of it as fragments: how many there are, their bytes, and how long it took, in milliseconds. */
  async fragments() {
    const asked = performance.now();
    let [count, bytes] = [0, 0];
    for await (const { data } of reel.fragments()) {
      count++;
      bytes += (await data.arrayBuffer()).byteLength;
    }
    return { count, bytes, ms: performance.now() - asked };
  },

  /** Makes the index of an upload of all of it: its size in bytes, and how long that took, in milliseconds. */
  async head() {
    const heads = [];
    let size = 0;
    for await (const { kind, data, offset } of reel.fragments()) {
      const bytes = new Uint8Array(await data.arrayBuffer());
      const end = kind === 'init' ? bytes.length : new DataView(bytes.buffer).getUint32(0);
      heads.push({ offset, bytes: bytes.slice(0, end) });
      size += bytes.length;
    }
    const asked = performance.now();
    const head = headOf(heads, size);
    return { bytes: head.length, ms: performance.now() - asked };
  },

  /**
   * Sends it to a storage of parts. Gives the number of parts, the bytes of media, and how long it took in milliseconds: all parts that are
   * sent while it records, and from there on.
   */
  async upload(address) {
    const asked = performance.now();
    let [sent, bytes, count] = [asked, 0, 0];
    await upload(reel, {
      begin: async () => 'an-upload',
      address: async (_, part) => `${address}${part}`,
      async complete(_, parts) {
        count = parts.length;
        await fetch(address, { method: 'POST' });
      },
      onProgress(all) {
        // The last one comes once the object is complete.
        if (!count) sent = performance.now();
        bytes = all;
      },
    });
    return { parts: count, bytes, mediaMs: sent - asked, restMs: performance.now() - sent };
  },

  /** Reads all of an export: its bytes, and how long it took. */
  async readExport() {
    const asked = performance.now();
    let bytes = 0;
    for await (const part of (await reel.export()).stream()) bytes += part.length;
    return { bytes, ms: performance.now() - asked };
  },

  /** What an independent reader finds in the last export; and of some samples, their bytes, and whether they decode. */
  async read(samples) {
    const input = new Input({ source: new BlobSource(file), formats: ALL_FORMATS });
    const track = await input.getPrimaryVideoTrack();
    const { packetCount } = await track.computePacketStats();
    const packets = new EncodedPacketSink(track);
    const pictures = new VideoSampleSink(track);
    const digests = [];
    for (const sample of samples) {
      // A quarter of a frame later, so that rounding does not matter.
      const time = (sample + 0.25) / 30;
      digests.push(await digest((await packets.getPacket(time)).data));
      const picture = await pictures.getSample(time);
      if (!(Math.abs(picture.timestamp - sample / 30) < 0.001)) throw new Error(`sample ${sample} does not decode`);
      picture.close();
    }
    const duration = await input.computeDuration();
    const sound = await readSound(await input.getPrimaryAudioTrack(), samples);
    return { size: file.size, index: await sizeOfIndex(file), packetCount, duration, digests, ...sound };
  },
};

/** The number of packets of sound, and the bytes of those beside these samples of pictures. */
async function readSound(track, samples) {
  if (!track) return { soundPackets: 0, soundDigests: [] };
  const { packetCount } = await track.computePacketStats();
  const packets = new EncodedPacketSink(track);
  const soundDigests = [];
  for (const sample of samples) {
    const packet = await packets.getPacket((packetBeside(sample) + 0.25) / 50);
    soundDigests.push(await digest(packet.data));
  }
  return { soundPackets: packetCount, soundDigests };
}

/** Bytes before those of the samples, in a file that ends with them. */
async function sizeOfIndex(file) {
  for (let at = 0; at < file.size;) {
    const view = new DataView(await file.slice(at, at + 16).arrayBuffer());
    const type = String.fromCharCode(...new Uint8Array(view.buffer, 4, 4));
    const long = view.getUint32(0) === 1;
    const size = long ? Number(view.getBigUint64(8)) : view.getUint32(0);
    if (type === 'mdat') {
      if (at + size !== file.size) throw new Error(`mdat ends at ${at + size} of ${file.size} bytes`);
      return at + (long ? 16 : 8);
    }
    if (size < 8) throw new Error(`the box ${type} at byte ${at} is broken`);
    at += size;
  }
  throw new Error('the file has no mdat');
}
