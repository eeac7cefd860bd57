import type { Delivered, Log, Plan } from './plan.js';
import { clockOffset, receive } from './receive.js';

/** What a page received, frame by frame. */
export interface Capture {
  log: Log;
  /** What to add to the log's times to have those of `delivered`. */
  offset_us: number;
  delivered: Delivered[];
  metadata: Record<string, unknown>;
  /** The encoded frames one after the other, and what each is. */
  encoded: Blob;
  frames: { rtp: number; receive_us: number | null; length: number }[];
}

/** Receives from the server until its script has ended. */
export async function capture(server: string, plan: Plan): Promise<Capture> {
  const encoded = new Worker(new URL('./encoded.worker.ts', import.meta.url), { type: 'module' });
  const worker = new Worker(new URL('./delivered.worker.ts', import.meta.url), { type: 'module' });
  const reception = await receive(server, plan, (receiver) => {
    receiver.transform = new RTCRtpScriptTransform(encoded, {});
  });
  const track = reception.track as MediaStreamVideoTrack;
  const { readable } = new MediaStreamTrackProcessor({ track, maxBufferSize: 60 });
  const first = answer(worker);
  worker.postMessage(readable, [readable]);
  await first;
  await reception.go();
  const offset_us = await clockOffset(server);
  const log = await reception.done();
  await arrived(log);
  const all = answer<{ delivered: Delivered[]; metadata: Record<string, unknown> }>(worker);
  track.stop();
  const { delivered, metadata } = await all;
  const copies = answer<{ rtp: number; receive_us: number | null; data: ArrayBuffer }[]>(encoded);
  encoded.postMessage('finish');
  const frames = await copies;
  await reception.close();
  worker.terminate();
  encoded.terminate();
  return {
    log,
    offset_us,
    delivered,
    metadata,
    encoded: new Blob(frames.map(({ data }) => data)),
    frames: frames.map(({ rtp, receive_us, data }) => ({ rtp, receive_us, length: data.byteLength })),
  };
}

/** What was sent last may have been lost, so this waits for a time: the longest that a jitter buffer holds a frame. */
async function arrived(log: Log): Promise<void> {
  void log;
  await new Promise((done) => setTimeout(done, 1000));
}

function answer<T>(worker: Worker): Promise<T> {
  return new Promise((resolve, reject) => {
    worker.onmessage = ({ data }) => resolve(data);
    worker.onerror = ({ message }) => reject(new Error(message));
  });
}
