import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Engine } from './engine.js';

/** Red, green and blue of a point on the left of the middle of a picture, and of one on the right. */
export interface Sides {
  left: number[];
  right: number[];
}

/** A page of a browser. */
type Page = Pick<Engine, 'evaluate'>;

/** Where the points are, as parts of the width. A rotated picture is narrower, and shows both. */
const LEFT = 0.375;
const RIGHT = 0.625;

/** The colours that a player shows at some times, in seconds: a browser, or ffmpeg, which converts by the file's description. */
export function shownBy(page: Page | undefined, file: string, times: number[]): Promise<Sides[]> {
  return page ? inBrowser(page, file, times) : Promise.resolve(byFfmpeg(Buffer.from(file, 'base64'), times));
}

function inBrowser(page: Page, file: string, times: number[]): Promise<Sides[]> {
  return page.evaluate(
    async ({ file, times, points }) => {
      const blob = await (await fetch(`data:video/mp4;base64,${file}`)).blob();
      const video = document.createElement('video');
      video.muted = true;
      video.src = URL.createObjectURL(blob);
      await new Promise((resolve, reject) => {
        video.onloadeddata = resolve;
        video.onerror = () => reject(new Error(video.error?.message));
      });
      const shown = [];
      for (const time of times) {
        if (time >= video.duration) throw new Error(`the file is ${video.duration} s long, which is not ${time}`);
        const sought = new Promise((resolve) => (video.onseeked = resolve));
        video.currentTime = time;
        await sought;
        const canvas = document.createElement('canvas');
        [canvas.width, canvas.height] = [video.videoWidth, video.videoHeight];
        const context = canvas.getContext('2d', { willReadFrequently: true })!;
        let sides: number[][];
        do {
          // A busy browser has found the place before it has the picture: then it draws nothing.
          await new Promise((resolve) => setTimeout(resolve));
          context.drawImage(video, 0, 0);
          sides = points.map((x) => [...context.getImageData(x * canvas.width, canvas.height / 2, 1, 1).data]);
        } while (sides.some(([, , , alpha]) => alpha === 0));
        const [left, right] = sides.map((side) => side.slice(0, 3));
        shown.push({ left: left!, right: right! });
      }
      return shown;
    },
    { file, times, points: [LEFT, RIGHT] },
  );
}

function byFfmpeg(bytes: Buffer, times: number[]): Sides[] {
  const folder = mkdtempSync(join(tmpdir(), 'trackreel-'));
  const path = join(folder, 'movie.mp4');
  try {
    writeFileSync(path, bytes);
    return times.map((time) => {
      const picture = ['-frames:v', '1', '-s', '320x240', '-f', 'rawvideo', '-pix_fmt', 'rgb24', '-'];
      const options = ['-v', 'error', '-ss', String(time), '-i', path, ...picture];
      const { stdout } = spawnSync('ffmpeg', options, { maxBuffer: 2 ** 24 });
      if (stdout.length === 0) throw new Error(`ffmpeg shows no picture at ${time} s`);
      const point = (x: number) => [...stdout.subarray((120 * 320 + x * 320) * 3).subarray(0, 3)];
      return { left: point(LEFT), right: point(RIGHT) };
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** How many sample entries the first track of a file has: ISO/IEC 14496-12, § 8.5.2. */
export function sampleEntries(file: Buffer): number {
  return file.readUInt32BE(file.indexOf('stsd', 0, 'latin1') + 8);
}
