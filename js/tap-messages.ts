/** From the tap's worker to who has subscribed: an encoded frame, or packet of sound, as it was received. */
export interface TappedFrame {
  data: ArrayBuffer;
  /** Of a frame. */
  type: 'key' | 'delta' | undefined;
  /** The sender's RTP timestamp (RFC 3550, § 5.1). */
  rtp: number;
  ssrc: number;
  /** When it was received, in milliseconds since 1970. */
  received: number;
  /** What it is encoded with, such as `video/H264`. */
  mimeType: string;
}

/** The same, or that no more come: the worker was lost. */
export type TapMessage = TappedFrame | { ended: true };

/** From who has subscribed to the tap's worker: ask the sender for a key frame, or send no more. */
export type TapRequest = { key: true } | { end: true };

/** What is known of a tapped receiver. */
export interface TapFacts {
  /** How many frames or packets have come. */
  frames: number;
  /** What the last one was encoded with. */
  mimeType: string | undefined;
}

/** From the page to the tap's worker: who wants frames of the receiver with this number, and what is known of it. */
export type TapCall = { receiver: number; subscribe: MessagePort } | { receiver: number; facts: MessagePort };

/** What a transform of a receiver is given. */
export interface TapOptions {
  receiver: number;
}
