/**
 * For a worker that decrypts received frames: {@link copyTo} gives them to recorders.
 *
 * It needs nothing else of the package. The page's part is `tapPort()`.
 *
 * @module trackreel/transform
 */

import { FrameCopies } from './frame-copies.js';
import type { TapBegun } from './tap-messages.js';
import { holdLock } from './worker-life.js';

/** An `RTCRtpScriptTransformer`, or anything that asks a sender for a key frame. */
export interface KeyFrameRequester {
  /** Asks the sender for a key frame. */
  sendKeyFrameRequest(): Promise<unknown>;
}

/** The lock of this worker, for all its transforms. */
let lock: Promise<string> | undefined;

/**
 * Makes a function that copies each frame of a transform for the recorders of its track.
 *
 * Call the function with each frame after it is decrypted and before it is passed on. It never waits and never throws. Without a recorder
 * it copies nothing.
 *
 * ```ts
 * self.onrtctransform = ({ transformer }) => {
 *   const { readable, writable, options } = transformer;
 *   const copy = copyTo(options.tap, transformer);
 *   const transform = (frame, controller) => {
 *     decrypt(frame, options.key);
 *     copy(frame);
 *     controller.enqueue(frame);
 *   };
 *   readable.pipeThrough(new TransformStream({ transform })).pipeTo(writable);
 * };
 * ```
 *
 * @param port - what `tapPort()` gave the page. If it is no port, nothing is copied
 * @param transformer - what a recorder asks for key frames
 */
export function copyTo(
  port: MessagePort | undefined,
  transformer: KeyFrameRequester,
): (frame: RTCEncodedVideoFrame | RTCEncodedAudioFrame) => void {
  if (!(port instanceof MessagePort)) return () => {};
  const copies = new FrameCopies(port, async () => transformer.sendKeyFrameRequest());
  lock ??= holdLock();
  void lock.then((lock) => port.postMessage({ lock } satisfies TapBegun));
  return (frame) => copies.copy(frame);
}
