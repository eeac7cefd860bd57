import { MAX_WAITING } from './capture.js';
import type { TapEnded, TapRequest, TapSubscribed, TappedFrame } from './tap-messages.js';
import type { Shown } from './shown.js';
import { tappedFrames } from './tapped-frames.js';
import type { TapSource } from './transferred.js';

/** An encoded frame, as the module takes it. */
export interface EncodedFrame {
  data: ArrayBuffer;
  /** What it is encoded with, such as `video/H264`. */
  mimeType: string;
  /** Its layers, from 0; undefined where the browser reports none. */
  spatial: number | undefined;
  temporal: number | undefined;
  /** The sender's RTP timestamp. */
  rtp: number;
  /** When it was received, in milliseconds of the worker's `performance.now()`. */
  arrived: number;
}

/** Frames as they were received, what asks the sender for a key frame, and their pictures if somebody looks at those. */
export interface EncodedFrames extends ReadableStream<EncodedFrame> {
  askKeyFrame(): void;
  pictures: ReadableStream<VideoFrame | Shown> | undefined;
  /** Whether the pictures are decoded here, also those that need a lost frame. */
  decodes: boolean;
}

/** How many frames wait for a busy worker: as of pictures, and more, since they are small. */
const MOST = 20 * MAX_WAITING;

/**
 * The frames of a tapped track, as they were received. Those that find no place are missing: what needs them can't be decoded.
 *
 * @param source - its `tap` gives the ports of the tap, and `pictures` those of another one, or the pictures
 * @param onLost - called when no more come
 */
export function receivedFrames({ tap: line, pictures: shown }: TapSource, onLost: () => void): EncodedFrames {
  const decodes = shown instanceof MessagePort;
  // A picture that is missing says nothing of a frame, and both lines end together.
  const pictures = decodes
    ? tappedFrames(
        shown,
        () => {},
        () => {},
      )
    : shown;
  let port: MessagePort | undefined;
  const ask = (request: TapRequest) => port?.postMessage(request);
  const start = (controller: ReadableStreamDefaultController<EncodedFrame>) => {
    const take = ({ data: message }: MessageEvent<TappedFrame | TapEnded>) => {
      if ('ended' in message || controller.desiredSize! <= 0) return;
      const { data, mimeType, spatialIndex: spatial, temporalIndex: temporal, rtp, received } = message;
      controller.enqueue({ data, mimeType, spatial, temporal, rtp, arrived: received - performance.timeOrigin });
    };
    line.onmessage = ({ data: message }: MessageEvent<TapSubscribed | TapEnded>) => {
      port?.close();
      if ('ended' in message) return onLost();
      port = message.subscribed;
      port.onmessage = take;
      // What came before is not here.
      ask({ key: true });
    };
  };
  const cancel = () => {
    ask({ end: true });
    port?.close();
    line.close();
  };
  const stream = new ReadableStream({ start, cancel }, { highWaterMark: MOST });
  return Object.assign(stream, { askKeyFrame: () => ask({ key: true }), pictures, decodes });
}
