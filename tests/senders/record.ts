import { ALL_FORMATS, BlobSource, Input, VideoSampleSink } from 'mediabunny';
import { Recorder, tap, type Drops, type Freeze, type Progress } from 'trackreel';
import { readCounter } from '../../www/loopback/counter.js';
import { lumaOf } from '../corpus/receiver.js';
import type { Delivered, Log, Plan } from './plan.js';
import { clockOffset, receive } from './receive.js';
import { Deliveries } from './deliveries.js';

/** What a recorder made of what the server sent. */
export interface Recorded {
  log: Log;
  /** What to add to the log's times to have microseconds of the page's time since the epoch. */
  offset_us: number;
  delivered: Delivered[];
  /** The `freeze` events, and when each came. */
  freezes: (Freeze & { at_us: number })[];
  file: InFile[];
  drops: Drops;
}

/** A picture in a file. */
export interface InFile {
  /** In seconds. */
  time: number;
  counter: number;
}

/** Records what the server sends until its script has ended: its frames, or as they are received. Returns the file as well. */
export async function record(
  server: string,
  plan: Plan,
  from: 'frames' | 'received' = 'frames',
): Promise<Recorded & { blob: Blob; progress: Progress }> {
  const reception = await receive(server, plan, from === 'received' ? tap : undefined);
  const deliveries = new Deliveries(reception.track.clone());
  await deliveries.arrived();
  const source = reception.sound ? [reception.track, reception.sound] : reception.track;
  // Only that holds VP8.
  const container = from === 'received' && plan.codec === 'VP8' ? 'webm' : 'mp4';
  const recorder = new Recorder(source, { source: from, maxFps: plan.maxFps ?? Infinity, freeze: 'cut', container });
  const freezes: Recorded['freezes'] = [];
  recorder.addEventListener('freeze', ({ detail }) => freezes.push({ ...detail, at_us: Math.round(nowUs()) }));
  const stopped = new Promise<void>((resolve, reject) => {
    recorder.addEventListener('error', ({ detail }) => reject(detail));
    recorder.addEventListener('stop', () => resolve());
  });
  // A failure is thrown at the end.
  stopped.catch(() => {});
  await recorder.start();
  const offset_us = await clockOffset(server);
  await reception.go();
  const log = await reception.done();
  await deliveries.arrived(log.frames.at(-1)!.rtp);
  await recorder.stop();
  await stopped;
  const blob = await recorder.export();
  const { progress } = recorder;
  const drops = { ...progress.drops };
  await recorder.reel?.delete();
  const { delivered } = await deliveries.finish();
  await reception.close();
  return { log, offset_us, delivered, freezes, file: await picturesIn(blob), drops, blob, progress };
}

/** The pictures of a file, which all have a counter. */
export async function picturesIn(blob: Blob): Promise<InFile[]> {
  const input = new Input({ source: new BlobSource(blob), formats: ALL_FORMATS });
  const track = await input.getPrimaryVideoTrack();
  if (!track) throw new Error('the file has no video');
  const pictures: InFile[] = [];
  for await (const sample of new VideoSampleSink(track).samples()) {
    const frame = sample.toVideoFrame();
    const { width, height } = frame.visibleRect!;
    const counter = readCounter(await lumaOf(frame), width, width, height);
    frame.close();
    sample.close();
    if (counter === null) throw new Error(`a picture without a counter in the file at ${sample.timestamp} s`);
    pictures.push({ time: sample.timestamp, counter });
  }
  input.dispose();
  return pictures;
}

function nowUs(): number {
  return (performance.timeOrigin + performance.now()) * 1000;
}
