import { readFileSync, writeFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { ALL_FORMATS, EncodedPacketSink, FilePathSource, Input } from 'mediabunny';
import { createFile, MP4BoxBuffer, type Movie } from 'mp4box';
import { makeCall } from './support/call.js';
import { expect, openLab, test } from './support/fixtures.js';

// Readers that others use find both tracks of a file, and the same in them.

/** A track as a reader finds it: its length in seconds, how many samples it has, and their bytes. */
interface Found {
  kind: string;
  codec: string;
  length: number;
  samples: number;
  bytes: number;
}

for (const [audioCodec, name] of [
  ['opus', 'Opus'],
  ['aac', 'mp4a.40.2'],
] as const) {
  test(`mp4box.js, mediabunny and ffprobe find the same pictures and the same sound in ${name}`, async ({
    page,
  }, info) => {
    await openLab(page);
    await makeCall(page, { pitches: [400, 1400], fmtp: 'stereo=1;sprop-stereo=1' });
    const { file, time } = await page.evaluate(async (audioCodec) => {
      const recorder = new lab.trackreel.Recorder(call.stream, { audioCodec });
      await recorder.start();
      await lab.reached(recorder, ({ duration }) => duration > 3);
      await recorder.stop();
      await call.end();
      return { file: await lab.base64(await recorder.export()), time: recorder.progress.duration };
    }, audioCodec);
    const path = info.outputPath('call.mp4');
    writeFileSync(path, Buffer.from(file, 'base64'));

    const { movie, tracks, sound } = byMp4box(path);
    expect(tracks.map(({ kind }) => kind)).toEqual(['video', 'audio']);
    expect(tracks[1]!.codec).toBe(name);
    expect(movie).toMatchObject({ isFragmented: false, isProgressive: true, hasIOD: false });
    expect(Math.abs(movie.duration / movie.timescale - time)).toBeLessThan(0.1);
    for (const { length } of tracks) expect(Math.abs(length - time), `${length} of ${time} s`).toBeLessThan(0.1);
    // Each sample begins where the one before ends.
    expect(sound.begins).toEqual(sound.ends);
    for (const other of [byFfprobe(path), await byMediabunny(path)]) {
      expect(other.map(({ kind, samples, bytes }) => ({ kind, samples, bytes }))).toEqual(
        tracks.map(({ kind, samples, bytes }) => ({ kind, samples, bytes })),
      );
      for (const [n, { length }] of other.entries()) expect(Math.abs(length - tracks[n]!.length)).toBeLessThan(0.05);
    }
  });
}

function byMp4box(path: string): { movie: Movie; tracks: Found[]; sound: { begins: number[]; ends: number[] } } {
  const file = createFile(true);
  let movie: Movie | undefined;
  file.onReady = (info) => (movie = info);
  file.onError = (module, message) => {
    throw new Error(`${module}: ${message}`);
  };
  const bytes = new Uint8Array(readFileSync(path));
  file.appendBuffer(MP4BoxBuffer.fromArrayBuffer(bytes.buffer, 0), true);
  file.flush();
  if (!movie) throw new Error('mp4box.js finds no movie');
  const samplesOf = (id: number) => file.getTrackSamplesInfo(id);
  const tracks = movie.tracks.map(({ id, type, codec, duration, timescale, nb_samples: samples }): Found => {
    const bytes = samplesOf(id).map((_, n) => file.getTrackSample(id, n).data!.length);
    return { kind: type!, codec, length: duration / timescale, samples, bytes: sum(bytes) };
  });
  const all = samplesOf(movie.audioTracks[0]!.id);
  const sound = {
    begins: all.slice(1).map(({ dts }) => dts),
    ends: all.slice(0, -1).map((one) => one.dts + one.duration),
  };
  return { movie, tracks, sound };
}

function byFfprobe(path: string): Found[] {
  const entries = ['-show_entries', 'stream=index,codec_type,codec_name,duration:packet=stream_index,size'];
  const { stdout } = spawnSync('ffprobe', ['-v', 'error', ...entries, '-of', 'json', path], {
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  });
  const { streams, packets } = JSON.parse(stdout) as {
    streams: { index: number; codec_type: string; codec_name: string; duration: string }[];
    packets: { stream_index: number; size: string }[];
  };
  return streams.map(({ index, codec_type: kind, codec_name: codec, duration }) => {
    const sizes = packets.filter((packet) => packet.stream_index === index).map(({ size }) => Number(size));
    return { kind, codec, length: Number(duration), samples: sizes.length, bytes: sum(sizes) };
  });
}

async function byMediabunny(path: string): Promise<Found[]> {
  const input = new Input({ source: new FilePathSource(path), formats: ALL_FORMATS });
  const found: Found[] = [];
  for (const track of await input.getTracks()) {
    const sizes: number[] = [];
    for await (const { byteLength } of new EncodedPacketSink(track).packets()) sizes.push(byteLength);
    const [kind, codec] = [track.type, String(track.codec)];
    found.push({ kind, codec, length: await track.computeDuration(), samples: sizes.length, bytes: sum(sizes) });
  }
  input.dispose();
  return found;
}

function sum(numbers: number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
