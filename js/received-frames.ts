import { MAX_WAITING } from './capture.js';
import type { TapMessage, TapRequest } from './tap-messages.js';

/** An encoded frame, as the module takes it. */
export interface EncodedFrame {
  data: ArrayBuffer;
  /** What it is encoded with, such as `video/H264`. */
  mimeType: string;
  /** The sender's RTP timestamp. */
  rtp: number;
  /** When it was received, in milliseconds of the worker's `performance.now()`. */
  arrived: number;
}

/** Frames as they were received, and what asks the sender for a key frame. */
export interface EncodedFrames extends ReadableStream<EncodedFrame> {
  askKeyFrame(): void;
}

/** How many frames wait for a busy worker, as many times as of pictures: they are small. */
const MOST = 20 * MAX_WAITING;

/** The frames of a tapped track, as they were received. */
export function receivedFrames(port: MessagePort): EncodedFrames {
  const ask = (request: TapRequest) => port.postMessage(request);
  const start = (controller: ReadableStreamDefaultController<EncodedFrame>) => {
    port.onmessage = ({ data: message }: MessageEvent<TapMessage>) => {
      // The page knows, and has another source take its place.
      if ('ended' in message) return;
      // What is left out shows: those after it can't be decoded.
      if (controller.desiredSize! <= 0) return;
      const { data, mimeType, rtp, received } = message;
      controller.enqueue({ data, mimeType, rtp, arrived: received - performance.timeOrigin });
    };
  };
  const cancel = () => {
    ask({ end: true });
    port.close();
  };
  const stream = new ReadableStream({ start, cancel }, { highWaterMark: MOST });
  return Object.assign(stream, { askKeyFrame: () => ask({ key: true }) });
}
