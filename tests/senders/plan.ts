/** What a sender does for a while, in seconds. README.md of this folder describes the kinds of pause. */
export type Stretch = { motion: number } | { pause: PauseKind; seconds: number } | { hiccup: number };

/** How a paused server behaves. */
export type PauseKind = 'a' | 'b' | 'c' | 'd' | 'e';

/** The sound of a stretch: a tone, packets of silence, or nothing, for which no packets are sent. */
export type Heard = 'tone' | 'silence' | 'nothing';

/** The sound that belongs to the pictures. */
export interface PlanSound {
  channels: 1 | 2;
  /** The sound of each stretch of the script. */
  heard: readonly Heard[];
}

/** The pitch of a stretch's tone, in Hz. Channels are counted from 0. */
export const pitchOf = (stretch: number, channel = 0) => 400 + 200 * stretch + 1000 * channel;

/** What the server is asked for. */
export interface Plan {
  /** Which codec the page offers. It is VP8 if none is given. */
  codec?: 'VP8' | 'H264';
  width?: number;
  height?: number;
  fps?: number;
  /** Bits per second. */
  bitrate?: number;
  content?: 'scene' | 'fade' | 'film' | 'typing';
  /** Whether each picture carries its number. */
  counter?: boolean;
  /** How many frames are sent at once. */
  burst?: number;
  /** The part of an interval by which a frame may come early or late. */
  jitter?: number;
  /** The part of the packets that is lost. */
  loss?: number;
  /** For how long no packet comes through, and from one such time to the next, in seconds. */
  outages?: { every: number; seconds: number };
  seed?: number;
  /** The RTP timestamp of the first frame; a random one if none is given. */
  origin?: number;
  /** The recorder's highest frame rate; without a limit if none is given. */
  maxFps?: number;
  /** No sound is sent if none is given. */
  sound?: PlanSound;
  script: readonly Stretch[];
}

/** A frame as the server sent it. */
export interface Sent {
  /** The timestamp in its packets. */
  rtp: number;
  /** When it was drawn, and when its first packet was sent, on the server's clock in microseconds. */
  produced_us: number;
  sent_us: number;
  picture: number;
  /** Whether its pixels are those of the frame before. */
  repeat: boolean;
  /** Its stretch of the script; −1 while the server warms up. */
  stretch: number;
  packets: number;
  lost: number;
  bytes: number;
}

/** What the server did. */
export interface Log {
  done: boolean;
  /** When each stretch began, and when the last one ended, on the server's clock in microseconds. */
  stretches_us: number[];
  frames: Sent[];
}

/** A frame as it was delivered. Times are microseconds of the page's time since the epoch. */
export interface Delivered {
  timestamp_us: number;
  rtp: number;
  arrival_us: number;
  receive_us: number | null;
}
