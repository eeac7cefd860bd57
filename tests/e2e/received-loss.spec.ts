import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { expect, openLab, test } from './support/fixtures.js';
import { readMovie } from './support/movie.js';
import { Relay } from './support/relay.js';
import { droppedOf, expectPlayable, expectPlayableWebM } from './support/witness.js';

declare global {
  /** The pictures that the browser shows, by the SHA-256 of their luma. */
  var shownPictures: string[];
}

/** The pictures of a file, by the SHA-256 of their luma. */
function picturesOf(path: string): string[] {
  const each = ['-fps_mode', 'passthrough', '-vf', 'extractplanes=y', '-f', 'framehash', '-hash', 'sha256', '-'];
  const { stdout } = spawnSync('ffmpeg', ['-v', 'error', '-i', path, '-map', '0:v', ...each], { encoding: 'utf8' });
  const lines = stdout.split('\n').filter((line) => line && !line.startsWith('#'));
  return lines.map((line) => line.split(',').at(-1)!.trim());
}

/** How many pictures of a file the page may not have been shown: a browser shows none that is late. A damaged one is followed by others. */
const NOT_SHOWN = 6;

for (const [codec, container] of [
  ['H264', 'mp4'],
  ['VP8', 'webm'],
  ['VP9', 'mp4'],
  ['AV1', 'mp4'],
] as const) {
  test(`each picture of the file is one that the browser showed, where packets are lost: ${codec}`, async ({
    page,
  }, info) => {
    const relay = await Relay.between(page);
    await openLab(page, `codec=${codec}&tap=on`);
    await page.evaluate(() => {
      globalThis.shownPictures = [];
      const track = lab.loopback.stream.getVideoTracks()[0] as MediaStreamVideoTrack;
      const { readable } = new MediaStreamTrackProcessor({ track, maxBufferSize: 300 });
      void (async () => {
        for await (const frame of readable) {
          const { width, height } = frame.visibleRect!;
          const pixels = new Uint8Array(frame.allocationSize());
          const [luma] = await frame.copyTo(pixels);
          frame.close();
          const rows = new Uint8Array(width * height);
          for (let y = 0; y < height; y++) {
            const from = luma!.offset + y * luma!.stride;
            rows.set(pixels.subarray(from, from + width), y * width);
          }
          const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', rows));
          shownPictures.push([...hash].map((byte) => byte.toString(16).padStart(2, '0')).join(''));
        }
      })();
    });
    await page.exposeFunction('lose', (share: number) => void (relay.loss = share));
    const { file, progress } = await page.evaluate(async (container) => {
      const { lose } = globalThis as unknown as { lose(share: number): Promise<void> };
      const recorder = new lab.trackreel.Recorder(lab.loopback.stream, { container });
      const receivedFor = (frames: number) => {
        const { received } = recorder.progress;
        return lab.reached(recorder, (progress) => progress.received >= received + frames);
      };
      await recorder.start();
      await receivedFor(30);
      await lose(0.05);
      await receivedFor(100);
      // Longer than lost packets are asked for again: what follows needs a key frame.
      for (const ms of [300, 700]) {
        await lose(1);
        await new Promise((resolve) => setTimeout(resolve, ms));
        await lose(0.05);
        await receivedFor(60);
      }
      await lose(0);
      await receivedFor(30);
      await recorder.stop();
      return { file: await lab.base64(await recorder.export()), progress: recorder.progress };
    }, container);
    const shown = new Set(await page.evaluate(() => shownPictures));
    relay.close();
    expect(relay.lost).toBeGreaterThan(20);
    expect(progress.source).toBe('received');
    expect(progress.received).toBe(progress.frames + droppedOf(progress));
    const movie = await readMovie(Buffer.from(file, 'base64'));
    (container === 'mp4' ? expectPlayable : expectPlayableWebM)(movie);
    expect(movie.counters, 'in order').toEqual([...movie.counters].sort((a, b) => a! - b!));
    const path = info.outputPath(`movie.${container}`);
    writeFileSync(path, Buffer.from(file, 'base64'));
    const pictures = picturesOf(path);
    const notShown = pictures.flatMap((picture, n) => (shown.has(picture) ? [] : [n]));
    console.log(
      `${codec}: ${relay.lost} packets lost; ${pictures.length} pictures in the file, ${shown.size} shown; ` +
        `not shown: ${notShown}; drops: ${JSON.stringify(progress.drops)}`,
    );
    expect(pictures.length).toBe(progress.frames);
    expect(notShown.length, `${notShown}`).toBeLessThanOrEqual(NOT_SHOWN);
    expect(pictures.length, 'most of what was shown').toBeGreaterThan(shown.size / 2);
  });
}
