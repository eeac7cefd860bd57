/** What may be chosen about a recording. Everything has a default; nothing needs to be given. */
export interface RecorderOptions {
  /**
   * Whether recording is allowed. If not, {@link Recorder.start} rejects with `disabled`, and nothing is taken or stored. Texts
   * such as `'no'` are taken as well, in any case: `true`, `yes`, `on`, `1` and their opposites.
   *
   * @defaultValue true
   */
  enabled?: boolean | string;
  /**
   * The longest that the recording may become: `'1h'`, `'30m'`, `'120s'`, `'1h30m'`, a number of seconds such as `3600` or
   * `'3600.5'`, or `Infinity` for no limit. Months and years are refused, since they differ. It counts what is in the file:
   * a pause does not. The recording ends by itself, with the events `limit` and `stop`, before the frame that would pass it, and
   * also if the track sends nothing any more. A first frame is always kept. A longer limit takes more disk: an hour of
   * 1280×720 at medium quality is 2.5 GB.
   *
   * @defaultValue '1h'
   */
  maxLength?: Length;
  /**
   * The highest frame rate of the recording, in frames per second: any positive number, or `Infinity` for no cap.
   * Frames above it are left out evenly, by their own timestamps; a lower rate is never raised.
   *
   * @defaultValue 30
   */
  maxFps?: number;
  /**
   * The video codec. `'auto'` takes H.264, which plays everywhere; `'vp9'` and `'av1'` make smaller files for more CPU, and
   * older players may refuse them. `start()` rejects with `unsupported` where there is no encoder for it.
   *
   * @defaultValue 'auto'
   */
  codec?: Codec | 'auto';
  /**
   * What encodes: `'auto'` takes the browser's own encoder, and the OpenH264 module where it has none for H.264; `'openh264'`
   * takes that module at once, which is the same everywhere, uses more CPU, makes H.264 only, and at most 40 Mbit/s of it. If it fails midway, the
   * browser's own goes on.
   *
   * @defaultValue 'auto'
   */
  encoder?: 'auto' | 'openh264';
  /**
   * How close to the received pictures the recorded pictures are. It sets the bitrate by the picture size and {@link maxFps}.
   * `'medium'` looks like the received video. `'low'` takes half the disk, and fine detail that moves is softer. `'high'` takes twice the
   * disk, for video that is edited or encoded again later. Pictures that do not change take few bits at every quality.
   *
   * | Mbit/s at 30 frames per second | low | medium | high |
   * |---|---|---|---|
   * | 320×320 | 0.9 | 1.8 | 3.7 |
   * | 512×512 | 2.0 | 4.0 | 8.0 |
   * | 640×360 | 1.9 | 3.9 | 7.8 |
   * | 1280×720 | 2.8 | 5.5 | 11.0 |
   * | 1920×1080 | 3.4 | 6.7 | 13.5 |
   *
   * @defaultValue 'medium'
   */
  quality?: Quality;
  /**
   * The average bitrate to aim for, in bits per second, from 10,000 to 100,000,000. It wins over {@link quality}. More looks better and takes
   * more disk: 1,000,000 is 450 MB an hour.
   *
   * @defaultValue the bitrate of {@link quality}
   */
  bitrate?: number;
  /**
   * What becomes of a static picture, whether a paused sender repeats it or sends nothing. `'cut'` takes the static time out of the
   * file, `'hold'` stores no frames but keeps the time, `'keep'` turns the detector off and records every frame. In doubt a frame is
   * kept.
   *
   * @defaultValue 'cut'
   */
  freeze?: FreezeMode;
  /**
   * How long the picture has to stand still to count as frozen, from 0.25 to 10 seconds, written as {@link maxLength} is. Shorter
   * finds short freezes; longer leaves moments of stillness in the file.
   *
   * @defaultValue '1s'
   */
  freezeAfter?: Length;
  /**
   * How long a picture is shown at least in the file, from 0 to 60 seconds, if it moved between two freezes that are cut; written as
   * {@link maxLength} is. A letter that somebody types, a move of chess, a slide: each can then be seen. A sender that was paused has
   * moved for longer than that, so that nothing of the pause is in the file. `0` cuts everything.
   *
   * @defaultValue '1s'
   */
  minShown?: Length;
  /**
   * Keeps only the end of the recording, at least so much of it, and at most a few seconds more: `'5m'`, a number of seconds. Older
   * segments are removed from the disk as new ones come, so that it can record for ever: {@link maxLength} is then
   * `Infinity`, unless it is given. What is in the recording, and what {@link Progress} tells of it, is what is kept.
   *
   * @defaultValue everything is kept
   */
  keepLast?: Length;
  /**
   * Whether to ask the browser not to remove what this origin stores when the disk runs low, as it may with what it deems
   * unimportant. Some browsers ask the user. A refusal is no error.
   *
   * @see https://developer.mozilla.org/docs/Web/API/StorageManager/persist
   * @defaultValue false
   */
  persist?: boolean | string;
  /**
   * Whether the first start in a page removes reels that were begun before the page was opened: those that were exported in full,
   * and those that were not written for as long as {@link recoverFor} says. Reels of this visit, and those that another tab is
   * recording, are never touched; one that another tab has ended may be. The event `cleanup` tells what was removed.
   *
   * @defaultValue true
   */
  startupCleanup?: boolean | string;
  /**
   * How long after it was last written a reel of an earlier visit is kept, if it was not exported: a {@link Length}, 0 for a clean
   * start, or `Infinity`. Shorter frees the disk sooner; longer gives a user more time to come back after a crash.
   *
   * @defaultValue '24h'
   */
  recoverFor?: Length;
}

/** A length of time: seconds as a number or a text of digits, or a text with units such as `'1h30m'` or `'90 min'`. */
export type Length = number | string;

/** What becomes of a picture that stands still. */
export type FreezeMode = 'cut' | 'hold' | 'keep';

/** A codec that a reel can be made with. */
export type Codec = 'h264' | 'vp9' | 'av1';

/** How close to the received pictures the recorded pictures are. */
export type Quality = 'low' | 'medium' | 'high';

/** Where an encoder runs. */
export type EncoderKind = 'hardware' | 'software' | 'openh264';

/** How a browser keeps what is recorded: without copies in memory, or, where it stores no Blobs, with. */
export type StorageKind = 'blobs' | 'buffers';

/** How far a recording has come. */
export interface Progress {
  /** Length of the recording so far, in seconds; paused time is not in it. */
  time: number;
  /** What is left until the limit that {@link RecorderOptions.maxLength} sets, in seconds; `Infinity` for none, and before the start. */
  remaining: number;
  /** Whether the picture is static, and repeats are being dropped. */
  frozen: boolean;
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

/**
 * A picture that was static, because the sender repeated it or sent nothing, as a `freeze` event reports it: once when it is found,
 * and once when it is over.
 */
export interface Freeze {
  /** When the picture became static, in seconds of the recording: the end of the last frame that was kept. */
  begin: number;
  /** How long it has lasted, in seconds. */
  length: number;
  /** Whether the picture moves again, or the recorder was paused. */
  ended: boolean;
}

/** A track from which nothing comes, as a `stall` event reports it: once when it is noticed, and once when a frame comes again. */
export interface Stall {
  /** How long nothing has come, in seconds: at least 2, and several intervals of a slow sender. */
  length: number;
  /** Whether a frame has come again. */
  ended: boolean;
}

/** How much room there is, as a `space` event tells it. */
export interface Space {
  /** For how many more seconds of recording, at the present rate. */
  time: number;
  /** In bytes, as the browser estimates it. */
  bytes: number;
}

/** How many frames were left out, by reason. */
export interface Drops {
  /** The recorder was paused. */
  paused: number;
  /** They came faster than `maxFps`. */
  maxFps: number;
  /** They repeated what a frozen sender had sent before. */
  freeze: number;
  /** The encoder could not keep up, and its queue was full. */
  backpressure: number;
  /** The encoder took them and gave nothing back. */
  encoder: number;
  /** The browser showed them, and the page, busy or hidden, could not take them. Only where capture goes by way of a `<video>`. */
  missed: number;
}

/**
 * Why a recording ended: `stop()` was called, the track ended, `maxLength` was reached (which a `limit` event told before), or an
 * error (which an `error` event told before).
 */
export type StopReason = 'stopped' | 'track-ended' | 'limit' | 'error';

/** What is known of a reel on disk. */
export interface ReelInfo {
  /** Its name in the store; sorts by the time of recording. */
  id: string;
  /** When the recording began, in milliseconds since 1970. */
  createdAt: number;
  /** Whether it is being recorded, has ended properly, or not, or can't be read. */
  state: 'live' | 'complete' | 'interrupted' | 'damaged';
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
