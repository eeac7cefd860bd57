/// <reference types="vite/client" />
import address from './observed.worker.ts?worker&url';
import { CHANNEL, type Settled, type Settling } from './settling.js';

/** The address of the observed worker. */
export const OBSERVED_WORKER = new URL(address, import.meta.url);

const channel = new BroadcastChannel(CHANNEL);

/** Resolves when the worker has dealt with the frame of this RTP timestamp. */
export function settled(rtp: number): Promise<void> {
  return new Promise((resolve) => {
    channel.onmessage = ({ data }: MessageEvent<Settled>) => data.settled === rtp && resolve();
    channel.postMessage({ settling: rtp } satisfies Settling);
  });
}
