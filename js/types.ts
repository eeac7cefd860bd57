/** Options of a recording. Every option has a default. */
export interface RecorderOptions {
  /**
   * Whether recording is allowed.
   *
   * If not, {@link Recorder.start} rejects with `disabled`, and nothing is stored.
   *
   * @defaultValue true
   */
  enabled?: boolean;
  /**
   * The longest that the recording may become: `'1h'`, `'30m'`, `'1h30m'`, a number of seconds, or `Infinity`.
   *
   * It counts time in the file: a pause and a freeze that is cut do not count. Silence that is kept does. The recording ends before
   * the frame that would pass the limit, with the events `limit` and `stop`. The first frame is always kept. Months and years are
   * refused, because they differ in length. A longer limit takes more disk: an hour of 1280×720 at medium quality is 2.5 GB.
   *
   * @defaultValue '1h'
   */
  maxLength?: Duration;
  /**
   * The largest that the file may become, in bytes: a whole number from 1,000,000, or `Infinity`.
   *
   * The recording ends before the frame that may make the file larger, with the events `limit` and `stop`, as with {@link maxLength}.
   * Frames are as large as the largest before them, as far as is known: the file may end up to some frames earlier than it could.
   *
   * @defaultValue Infinity
   */
  maxBytes?: number;
  /**
   * What happens when the recording reaches {@link maxLength} or {@link maxBytes}.
   *
   * `'stop'` ends it. `'next'` begins the next reel with the next frame, so that no frame is lost between two files: with the event
   * `limit`, and `next` when the reel before is on disk. {@link Recorder.reel}, {@link Recorder.progress} and {@link Recorder.export} are
   * then of the next reel. {@link Recorder.stop} ends the last one. In memory all of them may have 500 MB together.
   *
   * @defaultValue 'stop'
   */
  onLimit?: 'stop' | 'next';
  /**
   * The highest frame rate of the recording, in frames per second: a positive number, or `Infinity` for no cap.
   *
   * Frames above it are dropped evenly, by their own timestamps. A lower rate is never raised.
   *
   * @defaultValue 30
   */
  maxFps?: number;
  /**
   * What is recorded of a track that comes over a connection which {@link tap} was called for.
   *
   * `'auto'` keeps its frames as they were received, without an encode, where the file can hold them and {@link codec} does not ask for
   * another: H.264, VP9 and AV1, or VP8, VP9 and AV1 in WebM, with Opus beside them. Else, and with `'frames'`, they are encoded. With
   * `'received'` they are always kept: `start()` rejects with `unsupported` where that can't be, and an `error` event of that code ends
   * the recording where it can't be any more.
   *
   * Frames that are kept have the sender's size, rate and quality: {@link width}, {@link quality}, {@link bitrate} and the like have no
   * effect. Static pictures are found in what the browser shows. Firefox and Safari show a worker none: there H.264 alone is kept, and decoded
   * to find them. Behind a static picture that was cut or held, the recording continues with a key frame.
   *
   * @defaultValue 'auto'
   */
  source?: 'auto' | 'received' | 'frames';
  /**
   * How often the sender is asked for a key frame where frames are kept as they were received, from 1 second to 1 hour.
   *
   * A part of the recording begins with a key frame. Shorter makes parts more exact. Longer spares the sender.
   *
   * @defaultValue '10s'
   */
  keyFrameInterval?: Duration;
  /**
   * What kind of file the recording becomes.
   *
   * `'mp4'` plays everywhere. `'webm'` holds VP8, VP9 or AV1 with Opus: VP8, which most senders of WebRTC send, is kept there as it was
   * received. A reel that is resumed keeps its container.
   *
   * @defaultValue 'mp4'
   */
  container?: Container;
  /**
   * The video codec.
   *
   * `'auto'` takes H.264, which plays everywhere, else VP9, else AV1; in WebM it takes VP9, else VP8, else AV1. `'vp9'` and `'av1'` make
   * smaller files for more CPU, and older players may refuse them. `'vp8'` needs the {@link container} `'webm'`, which holds no H.264. `start()` rejects with `unsupported` where there is no encoder for it.
   *
   * @defaultValue 'auto'
   */
  codec?: Codec | 'auto';
  /**
   * The encoder.
   *
   * `'auto'` takes the browser's own encoder, and the OpenH264 module where it has none for H.264. `'openh264'` takes that module at
   * once: it is the same everywhere, uses more CPU, and makes H.264 only, at most 40 Mbit/s. If it fails during the recording, the
   * browser's own encoder continues.
   *
   * @defaultValue 'auto'
   */
  encoder?: 'auto' | 'openh264';
  /**
   * The width of the recorded pictures, in pixels: a whole number from 16 to 8192.
   *
   * With {@link height} as well, every picture is scaled into that size, with black around it if its shape differs. With only one of them,
   * the other follows from the first picture's shape. Odd sizes become even. A reel that is resumed keeps its size.
   *
   * @defaultValue the received width
   */
  width?: number;
  /**
   * The height of the recorded pictures, in pixels: a whole number from 16 to 8192. See {@link width}.
   *
   * @defaultValue the received height
   */
  height?: number;
  /**
   * The most that the height may be, in pixels: a whole number from 16 to 8192. Higher pictures are scaled down, lower ones stay.
   *
   * `720` makes 1280×720 of 1920×1080: smaller files, for less CPU.
   *
   * @defaultValue no limit
   */
  maxHeight?: number;
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
   * The average bitrate, in bits per second, from 10,000 to 100,000,000. It wins over {@link quality}.
   *
   * More looks better and takes more disk: 1,000,000 is 450 MB an hour.
   *
   * @defaultValue the bitrate of {@link quality}
   */
  bitrate?: number;
  /**
   * What happens to a static picture, whether a paused sender repeats it or sends nothing.
   *
   * `'cut'` removes the static time from the file. `'hold'` keeps the time and stores no frames. `'keep'` records every frame and
   * inspects no pixels. In doubt a frame is kept.
   *
   * @defaultValue 'cut'
   */
  freeze?: FreezeMode;
  /**
   * How long a picture is static before it counts as frozen, from 0.25 to 10 seconds.
   *
   * Shorter finds short freezes. Longer leaves short static times in the file. It is written as {@link maxLength} is.
   *
   * @defaultValue '1s'
   */
  freezeAfter?: Duration;
  /**
   * How long a picture that moved between two cut freezes is shown at least, from 0 to 60 seconds.
   *
   * Typed letters, chess moves and slides stay readable. A paused server moved for longer before, so that nothing of its pause is in the
   * file. `0` cuts everything. It is written as {@link maxLength} is.
   *
   * @defaultValue '1s'
   */
  minShown?: Duration;
  /**
   * Whether to record the stream's first audio track beside the video.
   *
   * Sound is recorded where the browser has an `AudioEncoder`, and a `MediaStreamTrackProcessor` in the page or an `AudioWorklet`. A worklet
   * needs a click: {@link Support.needsClick}. Elsewhere the file has only video, and an `error` event reports it. A static picture is held, not cut, while something is audible.
   *
   * @defaultValue true
   */
  audio?: boolean;
  /**
   * The codec of the sound.
   *
   * `'auto'` takes AAC where the browser encodes it, since such files play in more players, and Opus elsewhere. WebM holds Opus only.
   * Packets of a tapped connection ({@link tap}) are kept as they were received, which is Opus, beside frames that are, unless this is `'aac'`. `'aac'` takes the AAC
   * module where the browser has no encoder for AAC: 108 kB more to download. `'opus'` takes fewer bits for the same quality. `start()`
   * rejects with `unsupported` where the source has sound and there is no encoder for it. A reel that is resumed keeps its codec.
   *
   * @defaultValue 'auto'
   */
  audioCodec?: AudioCodec | 'auto';
  /**
   * The average bitrate of the sound, in bits per second, from 8,000 to 512,000.
   *
   * A channel gets at least 8,000 and at most 256,000. A browser's own AAC takes 96,000, 128,000, 160,000 or 192,000: the nearest is used.
   *
   * @defaultValue 64,000 for mono, 128,000 for stereo
   */
  audioBitrate?: number;
  /**
   * Keeps only the end of the recording: at least this length, and a few seconds more.
   *
   * It is written as {@link maxLength} is. Older segments are removed from the disk as new ones come. {@link maxLength} is then `Infinity`,
   * unless it is given. {@link Progress} reports what is kept.
   *
   * @defaultValue everything is kept
   */
  keepLast?: Duration;
  /**
   * Where the recording is kept.
   *
   * `'disk'` keeps it after a crash and after the page is closed; `start()` rejects with `storage` where the browser gives no disk, as in a
   * sandboxed frame, in some frames of another site, and in some private windows. `'memory'` keeps it for as long as the page is there:
   * {@link Recorder.reel} gives it, {@link reels} does not list it, and it can't be resumed. `'auto'` takes the disk, and memory only where
   * there is none; {@link Support.storage} reports which.
   *
   * In memory a recording may have 500 MB, less what others have there when it starts; it ends there as at {@link maxBytes}.
   * {@link Reel.delete} frees its memory. If less than half is free, a start frees the oldest that were exported in full.
   *
   * @defaultValue 'auto'
   */
  storage?: 'auto' | 'disk' | 'memory';
  /**
   * Whether to ask the browser not to evict what this origin stores when the disk runs low.
   *
   * Some browsers ask the user. A refusal is no error.
   *
   * @see https://developer.mozilla.org/docs/Web/API/StorageManager/persist
   * @defaultValue false
   */
  persist?: boolean;
  /**
   * Whether the first start in a page removes old reels.
   *
   * It removes reels from before the page was loaded: reels that were exported in full, and reels that were not written for
   * {@link recoverFor}. Reels of this page and reels that another tab records are never removed. A reel that another tab has ended may be.
   * The event `cleanup` reports what was removed.
   *
   * @defaultValue true
   */
  startupCleanup?: boolean;
  /**
   * How long a reel of an earlier session is kept after its last write, if it was not exported.
   *
   * A {@link Duration}, 0 for a clean start, or `Infinity`. Shorter frees the disk sooner. Longer gives a user more time after a crash.
   *
   * @defaultValue '24h'
   */
  recoverFor?: Duration;
}

/** A unit of a {@link Duration}: from milliseconds to weeks. */
export type DurationUnit =
  | ShortDurationUnit
  | 'sec'
  | 'second'
  | 'seconds'
  | 'minute'
  | 'minutes'
  | 'hr'
  | 'hour'
  | 'hours'
  | 'day'
  | 'days'
  | 'week'
  | 'weeks';

/** A unit of a {@link Duration} that has two of them. */
export type ShortDurationUnit = 'ms' | 's' | 'm' | 'min' | 'h' | 'd' | 'w';

/**
 * A length of time: seconds as a number, or a text with units such as `'1h30m'`, `'90 min'` or `'1 hour'`.
 *
 * A text of variable form, such as one that a user wrote, needs a cast: it is checked where it is used.
 */
export type Duration =
  | number
  | `${number}${DurationUnit}`
  | `${number} ${DurationUnit}`
  | `${number}${ShortDurationUnit}${number}${ShortDurationUnit}`
  | `${number}${ShortDurationUnit} ${number}${ShortDurationUnit}`;

/** What happens to a static picture: {@link RecorderOptions.freeze}. */
export type FreezeMode = 'cut' | 'hold' | 'keep';

/** What kind of file a reel becomes: {@link RecorderOptions.container}. */
export type Container = 'mp4' | 'webm';

/** A codec of a reel. */
export type Codec = 'h264' | 'vp9' | 'av1' | 'vp8';

/** A codec of a reel's sound. */
export type AudioCodec = 'opus' | 'aac';

/** How close to the received pictures the recorded pictures are. */
export type Quality = 'low' | 'medium' | 'high';

/** Where an encoder runs. */
export type EncoderKind = 'hardware' | 'software' | 'openh264';

/**
 * How a browser stores what is recorded: on disk without copies in memory, on disk with copies where it stores no Blobs, or in memory.
 */
export type StorageKind = 'blobs' | 'buffers' | 'memory';

/** The progress of a recording. */
export interface Progress {
  /** Length of the recording so far, in seconds. Paused and cut time does not count. */
  duration: number;
  /** Seconds until {@link RecorderOptions.maxLength}. `Infinity` without a limit, and before the start. */
  remaining: number;
  /** Whether the picture is static and its repeats are dropped. */
  frozen: boolean;
  /** Encoded size so far, in bytes. */
  bytes: number;
  /** Frames in the recording. */
  frames: number;
  /** Frames that came from the track: recorded, dropped, or still in the encoder. */
  received: number;
  /** Dropped frames, by reason. */
  drops: Drops;
  /** Picture width in pixels; 0 before the first frame. */
  width: number;
  /** Picture height in pixels; 0 before the first frame. */
  height: number;
  /** The codec as RFC 6381 writes it, such as `avc1.64001f`; empty before the first frame. */
  codec: string;
  /** The codec of the sound as RFC 6381 writes it: `opus` or `mp4a.40.2`; empty before the first sound, and without any. */
  audioCodec: string;
  /** Whether frames are kept as they were received, or encoded: {@link RecorderOptions.source}. */
  source: 'received' | 'frames';
}

/** That frames of a tapped track are encoded, as a `source` event reports it. */
export interface SourceChange {
  /** What is recorded from now on. */
  source: 'frames';
  /**
   * Why they are not kept as they were received.
   *
   * - `codec`: the file can't hold their codec, or not beside what it has
   * - `max-fps`: they come faster than `maxFps`, and no temporal layer can be omitted
   * - `freeze`: static pictures are to be cut or held, and the browser shows a page no pictures of what it receives
   * - `sound`: the sound beside them is not tapped, or is no Opus
   * - `too-late`: the track was tapped after its first frame had come, which Chromium does not allow
   * - `tap-lost`: the worker that gives them was lost
   * - `layers`, and others: what of their bitstream can't be kept
   */
  reason: string;
}

/**
 * A static picture: the sender repeated it or sent nothing.
 *
 * A `freeze` event reports it once when it is found and once when it is over.
 */
export interface Freeze {
  /** When the picture became static, in seconds of the recording: the end of the last frame that was kept. */
  begin: number;
  /** How long it has lasted, in seconds. */
  duration: number;
  /** Whether the picture moves again, or the recorder was paused. */
  ended: boolean;
}

/**
 * A track from which nothing comes.
 *
 * A `stall` event reports it once when it is noticed and once when a frame comes again.
 */
export interface Stall {
  /** How long nothing has come, in seconds: at least 2, and several intervals of a slow sender. */
  duration: number;
  /** Whether a frame has come again. */
  ended: boolean;
}

/** The room on the disk, as a `space` event reports it. */
export interface StorageSpace {
  /** For how many more seconds of recording, at the present rate. */
  remaining: number;
  /** In bytes, as the browser estimates it. */
  bytes: number;
}

/** A size that there is no encoder for, as a `scaled` event reports it, and the size of the file. Both in pixels. */
export interface Scaled {
  /** The size of the received pictures, or the size that was asked for. */
  from: Size;
  /** The size of the file. */
  to: Size;
}

/** A picture size in pixels. */
export interface Size {
  /** In pixels. */
  width: number;
  /** In pixels. */
  height: number;
}

/** Numbers of dropped frames, by reason. */
export interface Drops {
  /** The recorder was paused. */
  paused: number;
  /** They came faster than `maxFps`. */
  maxFps: number;
  /** They repeated what a frozen sender had sent before. */
  freeze: number;
  /** The encoder could not keep up, and its queue was full. */
  backpressure: number;
  /** The encoder took them and returned no chunk. */
  encoder: number;
  /** The page could not take them from a `<video>`, or they could not be decoded from a tap. Only where frames come in one of these ways. */
  missed: number;
  /** They could not be decoded: something they need was lost on its way, or dropped. Only where frames are kept as they were received. */
  network: number;
}

/**
 * Why a recording ended.
 *
 * `stop()` was called, the track ended, `maxLength` or `maxBytes` was reached (a `limit` event came before), or an error (an `error` event came
 * before).
 */
export type StopReason = 'stopped' | 'track-ended' | 'limit' | 'error';

/** A named moment of a reel: {@link Recorder.mark}. */
export interface Mark {
  /** What it is. */
  readonly name: string;
  /** When it is, in seconds from the reel's start, as {@link ExportOptions.from} counts. */
  readonly time: number;
  /** What belongs to it; `undefined` if nothing does. */
  readonly data: unknown;
}

/** Words of a reel, and when they are shown: {@link Recorder.cue}. */
export interface Cue {
  /** The words, in lines of which none is empty. */
  readonly text: string;
  /** When they begin, in seconds from the reel's start. */
  readonly from: number;
  /** When they end, in seconds from the reel's start. `Infinity` while they last, of a reel that is being recorded. */
  readonly to: number;
}

/** Words that a reel is to have, and when they are shown: {@link Recorder.cue}. */
export interface CueOptions {
  /** The words: 1 to 1000 characters, in any number of lines. They are shown as they are, without markup. Empty lines go. */
  text: string;
  /**
   * When they begin, in seconds from the reel's start, as a {@link Duration}, or a {@link Mark}. By default now: where a mark would be. A later time
   * counts as now.
   */
  from?: Duration | Mark;
  /** When they end, likewise. By default when the next ones begin, or at {@link Recorder.endCue}, or with the reel. */
  to?: Duration | Mark;
}

/** What a file says of itself: {@link ExportOptions.metadata}. Each text has at most 1000 characters. */
export interface Metadata {
  /** What it is called. */
  title?: string;
  /** Who made it. */
  artist?: string;
  /** What there is to say. */
  comment?: string;
  /** When it was made: a `Date`, or a text such as `'2026'`, `'2026-11-28'` or `'2026-11-28T19:00:00Z'`. */
  date?: Date | string;
  /** Where it was made. */
  location?: Place;
  /** Anything that JSON can hold, at most 64 kB of it. An MP4 has it as `com.trackreel`, `custom`; a WebM as the tag `TRACKREEL_CUSTOM`. */
  custom?: unknown;
}

/** A place on the earth. */
export interface Place {
  /** In degrees, from -90 in the south to 90. */
  latitude: number;
  /** In degrees, from -180 in the west to 180. */
  longitude: number;
  /** In metres above the sea, if it is known. */
  altitude?: number;
}

/**
 * What has become of a reel:
 *
 * - `live`: it is being recorded, here or in another tab
 * - `complete`: its recording has ended, and all of it is on disk
 * - `interrupted`: its recording ended unexpectedly, as when a tab crashed. What is on disk can be exported and resumed
 *   ({@link Recorder.start}); at most the last second is missing
 * - `damaged`: its record can't be read. It can only be deleted
 */
export type ReelState = 'live' | 'complete' | 'interrupted' | 'damaged';

/** A reel on disk. */
export interface ReelInfo {
  /** Its name in the store. Names sort by the time of recording. */
  id: string;
  /** What kind of file it becomes. */
  container: Container;
  /** When the recording began, in milliseconds since 1970. */
  createdAt: number;
  /** What has become of it. */
  state: ReelState;
  /** Length in seconds. */
  duration: number;
  /** Encoded size in bytes. */
  bytes: number;
  /** Number of frames. */
  frames: number;
  /** Its marks, in the order of their times. */
  marks: Mark[];
  /** Its words, in the order of their times. */
  cues: Cue[];
  /** Picture width in pixels. */
  width: number;
  /** Picture height in pixels. */
  height: number;
  /** The codec as RFC 6381 writes it. */
  codec: string;
  /** The codec of the sound as RFC 6381 writes it: `opus` or `mp4a.40.2`; empty without sound. */
  audioCodec: string;
}
