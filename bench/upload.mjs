// How long after the end of a recording its object is complete in a storage that takes parts: the storage is a server of this machine that
// writes the parts to the disk, and the reel of an hour is there already.
import { spawnSync } from 'node:child_process';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, open, rename, stat, unlink } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { median, rounded } from './numbers.mjs';
import { inBrowser, withProfile } from './profile.mjs';

const MB = 2 ** 20;
/** Samples a segment, and packets of its sound, as bench/page/stored.js puts them there. */
const SAMPLES = 60;
const PACKETS = 100;

/** The metrics of a reel with sound of this many segments of two seconds, from this many starts of a browser. */
export async function uploading(url, { segments, starts }) {
  const runs = await withProfile(async (folder) => {
    const storage = await startStorage(join(folder, 'parts'));
    try {
      const page = `${url}scale.html`;
      const reel = { segments, sampleBytes: 4096, hasSound: true, digestsOf: [] };
      let id;
      const runs = [];
      while (runs.length < starts) {
        const run = await inBrowser(folder, page, async ({ call }) => {
          id ??= (await call('fill', reel)).id;
          await call('find', id);
          return call('upload', storage.url);
        });
        const firstBytes = (await stat(storage.fileOf(1))).size;
        await check(await storage.object(run.parts), segments);
        runs.push({ ...run, firstBytes });
        console.error(`upload: ${JSON.stringify(runs.at(-1))}`);
      }
      return runs;
    } finally {
      storage.close();
    }
  });
  const of = (key) => median(runs.map((run) => run[key]));
  const slowest = (key) => rounded(Math.max(...runs.map((run) => run[key])) / 1000, 2);
  const what = `${rounded(of('bytes') / MB, 0)} MB, ${of('parts')} parts; median of ${starts}`;
  return [
    {
      name: 'upload_of_an_hour',
      value: rounded(of('mediaMs') / 1000, 2),
      unit: 's',
      against: `all media but the last part, at ${rounded(of('bytes') / MB / (of('mediaMs') / 1000), 0)} MB/s (${what})`,
    },
    {
      name: 'upload_complete_after_the_end',
      value: rounded(of('restMs') / 1000, 2),
      unit: 's',
      against: `from there until the object is complete: the last part, the index and its part; slowest ${slowest('restMs')} s (${what})`,
    },
    {
      name: 'upload_first_part',
      value: rounded(of('firstBytes') / MB, 2),
      unit: 'MB',
      against:
        'the part with the index, which is sent last; the object is an MP4 with its index in front and has all frames',
    },
  ];
}

/** Starts a storage that takes the parts of one object. */
async function startStorage(folder) {
  await mkdir(folder, { recursive: true });
  const fileOf = (number) => join(folder, String(number));
  const server = createServer(async (request, response) => {
    const all = { 'Access-Control-Allow-Origin': '*', 'Access-Control-Allow-Methods': 'PUT' };
    response.writeHead(200, { ...all, 'Access-Control-Expose-Headers': 'ETag', ETag: `"${request.url.slice(1)}"` });
    if (request.method === 'PUT') await pipeline(request, createWriteStream(fileOf(request.url.slice(1))));
    response.end();
  });
  await new Promise((resolve) => server.listen(0, 'localhost', resolve));
  return {
    url: `http://localhost:${server.address().port}/`,
    fileOf,
    /** Makes the object of its parts; returns its file. */
    async object(parts) {
      const file = join(folder, 'object.mp4');
      await rename(fileOf(1), file);
      for (let number = 2; number <= parts; number++) {
        await pipeline(createReadStream(fileOf(number)), createWriteStream(file, { flags: 'a' }));
        await unlink(fileOf(number));
      }
      return file;
    },
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

/** Throws unless the file has its index in front and every sample. */
async function check(file, segments) {
  const boxes = await boxesOf(file);
  if (!/^ftyp moov (free )?mdat$/.test(boxes.join(' '))) throw new Error(`the object is ${boxes.join(', ')}`);
  const args = ['-v', 'error', '-count_packets', '-show_entries', 'stream=codec_type,nb_frames,nb_read_packets'];
  const { stdout, stderr } = spawnSync('ffprobe', [...args, '-of', 'compact=p=0', file], { encoding: 'utf8' });
  const counted = (type, count) => `codec_type=${type}|nb_frames=${count}|nb_read_packets=${count}\n`;
  const expected = counted('video', segments * SAMPLES) + counted('audio', segments * PACKETS);
  if (stderr || stdout !== expected)
    throw new Error(`ffprobe finds in the object: ${stderr}${stdout}; not ${expected}`);
}

/** The names of the boxes at the top of a file. */
async function boxesOf(file) {
  const handle = await open(file);
  const { size: end } = await handle.stat();
  const names = [];
  const header = Buffer.alloc(16);
  for (let at = 0; at < end;) {
    await handle.read(header, 0, 16, at);
    names.push(header.toString('latin1', 4, 8));
    const size = header.readUInt32BE(0);
    at += size === 1 ? Number(header.readBigUInt64BE(8)) : size;
  }
  await handle.close();
  return names;
}
