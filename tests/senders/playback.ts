import { Recorder, tap } from 'trackreel';
import { play } from 'trackreel/player';
import { readCounter } from '../../www/loopback/counter.js';
import { picturesIn, type InFile } from './record.js';
import type { Plan } from './plan.js';
import { receive } from './receive.js';

/** What a player showed of a recording, live and afterwards. */
export interface Played {
  file: InFile[];
  /** The counters of the pictures that were shown live, in order. */
  live: number[];
  /** The counters that were shown at some times, and at the end. */
  back: { time: number; counter: number | null }[];
  last: number | null;
}

/** Records what the server sends, plays it live, and seeks back in it after its end. */
export async function playBack(server: string, plan: Plan, from: 'frames' | 'received'): Promise<Played> {
  const reception = await receive(server, plan, from === 'received' ? tap : undefined);
  const recorder = new Recorder(reception.track, { source: from, maxFps: Infinity, freeze: 'cut' });
  await recorder.start();
  await new Promise<void>((resolve) =>
    recorder.addEventListener('progress', ({ detail }) => detail.duration > 0.5 && resolve()),
  );
  const video = document.createElement('video');
  video.muted = true;
  document.body.append(video);
  const player = await play(recorder.reel!, video);
  const live: number[] = [];
  const sample = () => {
    const counter = shownBy(video);
    if (counter !== null) live.push(counter);
    video.requestVideoFrameCallback(sample);
  };
  video.requestVideoFrameCallback(sample);
  await reception.go();
  await reception.done();
  const isOver = new Promise((resolve) => video.addEventListener('ended', resolve, { once: true }));
  await recorder.stop();
  await isOver;
  const last = shownBy(video);
  const liveOnly = [...live];
  const file = await picturesIn(await recorder.export());
  const back = [];
  for (const part of [0.2, 0.9, 0.5]) {
    const time = recorder.progress.duration * part;
    const shown = new Promise((resolve) => video.requestVideoFrameCallback(resolve));
    video.currentTime = time;
    await shown;
    back.push({ time, counter: shownBy(video) });
  }
  player.close();
  await recorder.reel?.delete();
  await reception.close();
  return { file, live: liveOnly, back, last };
}

function shownBy(video: HTMLVideoElement): number | null {
  const { videoWidth: width, videoHeight: height } = video;
  const context = new OffscreenCanvas(width, height).getContext('2d')!;
  context.drawImage(video, 0, 0);
  const { data } = context.getImageData(0, 0, width, height);
  const luma = Uint8Array.from({ length: width * height }, (_, n) => data[4 * n + 1]!);
  return readCounter(luma, width, width, height);
}
