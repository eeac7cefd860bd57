/** What may be chosen about a recording. Everything has a default; nothing needs to be given. */
export interface RecorderOptions {
  /**
   * The highest frame rate of the recording, in frames per second: any positive number, or `Infinity` for no cap.
   * Frames above it are left out evenly, by their own timestamps; a lower rate is never raised.
   *
   * @defaultValue 30
   */
  maxFps?: number;
  /**
   * The video codec. `'auto'` takes H.264, which plays everywhere; `'vp9'` and `'av1'` make smaller files for more CPU, and
   * older players may refuse them. `start()` rejects with `unsupported` where the browser has no encoder for it.
   *
   * @defaultValue 'auto'
   */
  codec?: Codec | 'auto';
  /**
   * The average bitrate to aim for, in bits per second, from 10,000 to 100,000,000. More looks better and takes more disk: 1,000,000 is 450 MB an hour.
   *
   * @defaultValue 0.1 bits a pixel at the capped frame rate: 2.8 Mbit/s for 1280×720 at 30
   */
  bitrate?: number;
}

/** A codec that a reel can be made with. */
export type Codec = 'h264' | 'vp9' | 'av1';

/** How far a recording has come. */
export interface Progress {
  /** Length of what was recorded so far, in seconds; paused time is not in it. */
  time: number;
  /** Encoded size so far, in bytes. */
  bytes: number;
  /** Frames in the recording. */
  frames: number;
  /** Frames that came from the track: those in the recording, those dropped, and the few that are being encoded. */
  received: number;
  /** Frames left out, by reason. */
  drops: Drops;
  /** Picture width in pixels; 0 before the first frame. */
  width: number;
  /** Picture height in pixels; 0 before the first frame. */
  height: number;
  /** The codec as RFC 6381 writes it, such as `avc1.64001f`; empty before the first frame. */
  codec: string;
}

/** How many frames were left out, by reason. */
export interface Drops {
  /** The recorder was paused. */
  paused: number;
  /** They came faster than `maxFps`. */
  maxFps: number;
  /** The encoder could not keep up, and its queue was full. */
  backpressure: number;
  /** The encoder took them and gave nothing back. */
  encoder: number;
}

/** Why a recording ended: `stop()` was called, the track ended, or an error (which an `error` event told before). */
export type StopReason = 'stopped' | 'track-ended' | 'error';

/** What is known of a reel on disk. */
export interface ReelInfo {
  /** Its name in the store; sorts by the time of recording. */
  id: string;
  /** When the recording began, in milliseconds since 1970. */
  createdAt: number;
  /** `recording` until the recording has ended properly, then `complete`. */
  state: 'recording' | 'complete';
  /** Length in seconds. */
  duration: number;
  /** Encoded size in bytes. */
  bytes: number;
  /** Number of frames. */
  frames: number;
  /** Picture width in pixels. */
  width: number;
  /** Picture height in pixels. */
  height: number;
  /** The codec as RFC 6381 writes it. */
  codec: string;
}
