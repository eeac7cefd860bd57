import { NO_CAPTURE, capture, captureHere, capturePath, hasEnded, type Capture } from './capture.js';
import { errorOf } from './errors.js';
import type { Port } from './port.js';
import type { FrameSource } from './transferred.js';

/** A track whose frames were handed to a worker, and what it answered. @internal */
export interface HandedOver<T> {
  capture: Capture;
  answer: T;
}

/**
 * Captures a track in the first way that this browser has, and hands its frames to a worker. Frames count from this call on.
 *
 * @param send - hands the worker the source of the frames, and resolves with its answer
 * @param onEnded - called when the track has ended, which its frames may not report
 * @internal
 */
export async function handOver<T>(
  track: MediaStreamTrack,
  port: Port,
  send: (source: FrameSource) => Promise<T>,
  onEnded: () => void,
): Promise<HandedOver<T>> {
  if (hasEnded(track)) throw errorOf('invalid-source', 'the track has ended already');
  const begin = async (captured: Capture): Promise<HandedOver<T>> => {
    const { source, refused } = captured;
    try {
      const sending = send(source);
      const answer = await Promise.race(refused ? [sending, refused] : [sending]);
      return { capture: captured, answer };
    } catch (error) {
      captured.stop();
      throw error;
    }
  };
  const here = captureHere(track);
  if (here) return begin(here);
  const path = await capturePath(port);
  if (path !== 'worker-processor' && path !== 'video') throw errorOf('unsupported', NO_CAPTURE);
  const by = async (path: 'worker-processor' | 'video') => begin(await capture(track, path, onEnded));
  try {
    return await by(path);
  } catch (error) {
    // Its workers have processors, but its tracks can't go there.
    if ((error as Error).name !== 'DataCloneError') throw error;
    return by('video');
  }
}
