/** The channel between the page and its observed worker. */
export const CHANNEL = 'observed-worker';

/** From the page: which frame it waits for, by its RTP timestamp. */
export interface Settling {
  settling: number;
}

/** From the worker: it has dealt with that frame. */
export interface Settled {
  settled: number;
}
