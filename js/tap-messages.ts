/** From the tap worker to a subscriber: an encoded frame, or a packet of sound, as it was received. */
export interface TappedFrame {
  /** Transferred. */
  data: ArrayBuffer;
  /** None of sound. */
  type: 'key' | 'delta' | undefined;
  /** The sender's RTP timestamp: 32 bits, in ticks of the codec's clock. */
  rtp: number;
  ssrc: number;
  /** When it was received, in milliseconds since 1970. */
  received: number;
  /** Such as `video/VP9`; empty where the browser does not report it. */
  mimeType: string;
  spatialIndex: number | undefined;
  temporalIndex: number | undefined;
  /** Of key frames, in pixels. 0 of AV1. */
  width: number | undefined;
  height: number | undefined;
  sequenceNumber: number | undefined;
}

/** From the tap worker to a subscriber, and through a line: no more frames come. */
export interface TapEnded {
  ended: true;
}

/** From a subscriber to the tap worker: ask the sender for a key frame, or send no more frames. */
export type TapRequest = { key: true } | { end: true };

/** From the page through a line: a port of a tap, in the place of the one before. A tap worker that was lost is replaced. */
export interface TapSubscribed {
  subscribed: MessagePort;
}

/** What the tap worker has observed of a track. */
export interface TapFacts {
  frames: number;
  /** That of the last frame; empty before the first. */
  mimeType: string;
  /** Whether a key frame has come. */
  hasKey: boolean;
}

/** From the page to the tap worker, once for each receiver, with its transform. */
export interface TapOptions {
  /**
   * Carries {@link TapCommand} there, and {@link TapFacts} or {@link TapEnded} back: the facts when asked, and after the first frame. Of a
   * page's own worker {@link TapBegun} as well.
   */
  control: MessagePort;
}

/** From the page to the tap worker, of one receiver. */
export type TapCommand =
  { subscribe: number; port: MessagePort } | { unsubscribe: number } | { facts: true } | { end: true };

/** From a worker that copies frames to the page, when it has begun: the name of a lock that it holds as long as it lives. */
export interface TapBegun {
  lock: string;
}
