import type { Log, Plan } from './plan.js';
import { clockOffset, receive } from './receive.js';
import { Deliveries, type DeliveredTrack } from './deliveries.js';

/** What a page received, frame by frame. */
export interface Capture extends DeliveredTrack {
  log: Log;
  /** What to add to the log's times to have those of `delivered`. */
  offset_us: number;
  /** The encoded frames one after the other, and what each is. */
  encoded: Blob;
  frames: (Omit<Copy, 'data'> & { length: number })[];
}

/** An encoded frame as it was received, as the worker that copies it posts it. */
export interface Copy {
  rtp: number;
  /** When its last packet came, in microseconds of the page's time since the epoch. */
  receive_us: number | null;
  data: ArrayBuffer;
}

/** Receives from the server until its script has ended. */
export async function capture(server: string, plan: Plan): Promise<Capture> {
  const worker = new Worker(new URL('./encoded.worker.ts', import.meta.url), { type: 'module' });
  const reception = await receive(server, plan, (receiver) => {
    receiver.transform = new RTCRtpScriptTransform(worker, {});
  });
  const deliveries = new Deliveries(reception.track);
  await deliveries.arrived();
  const offset_us = await clockOffset(server);
  await reception.go();
  const log = await reception.done();
  await deliveries.arrived(log.frames.at(-1)!.rtp);
  const track = await deliveries.finish();
  const copies = await new Promise<Copy[]>((resolve, reject) => {
    worker.onmessage = ({ data }) => resolve(data);
    worker.onerror = ({ message }) => reject(new Error(message));
    worker.postMessage('finish');
  });
  await reception.close();
  worker.terminate();
  return {
    ...track,
    log,
    offset_us,
    encoded: new Blob(copies.map(({ data }) => data)),
    frames: copies.map(({ data, ...rest }) => ({ ...rest, length: data.byteLength })),
  };
}
