import type { TrackreelError } from './errors.js';
import type { Reel } from './reels.js';
import type { Freeze, Progress, Scaled, SourceChange, StorageSpace, Stall, StopReason } from './types.js';

/** What a `cleanup` event reports: the reels of earlier sessions that were removed. */
export interface Cleanup {
  /** The removed reels, as they were. */
  removed: Reel[];
  /** Why some could not be removed. Absent if all were. */
  error?: TrackreelError;
}

/** The end of a recording, as a `stop` event reports it. */
export interface RecordingEnd {
  /** Why it ended. */
  reason: StopReason;
  /** The final progress. */
  progress: Progress;
}

/** A reel that has reached its limit and is followed by another, as a `next` event reports it. */
export interface Followed {
  /** The reel. All of it is stored, unless its state is `interrupted`: then an `error` event came before. */
  reel: Reel;
  /** Its final progress. */
  progress: Progress;
}

/** The events of a {@link Recorder}. */
export interface RecorderEventMap {
  /** Recording has begun. Frames are taken from now on. */
  start: CustomEvent<null>;
  /** Paused. Frames are dropped from now on. */
  pause: CustomEvent<null>;
  /** Resumed: frames are taken again. */
  resume: CustomEvent<null>;
  /** A static picture was found and its repeats are dropped, or it moves again. Not with `freeze: 'keep'`. */
  freeze: CustomEvent<Freeze>;
  /** Nothing comes from the track, or something comes again. Also while paused. */
  stall: CustomEvent<Stall>;
  /** Several times a second, also while no frames arrive. */
  progress: CustomEvent<Progress>;
  /** Frames of a tapped track are encoded from now on, and not kept as they were received. */
  source: CustomEvent<SourceChange>;
  /** No encoder makes pictures as large as the received ones, or as those asked for. The file's are smaller. */
  scaled: CustomEvent<Scaled>;
  /** The disk, or the origin's part of it, will be full in less than a minute. Repeated every few seconds. */
  space: CustomEvent<StorageSpace>;
  /** Reels of earlier sessions were removed, or could not be: `startupCleanup`. */
  cleanup: CustomEvent<Cleanup>;
  /** The recording is as long as `maxLength`, or as large as `maxBytes` allows. `stop` follows when it is on disk, or `next`. */
  limit: CustomEvent<Progress>;
  /** A reel has reached its limit, and is on disk. With `onLimit: 'next'`, another has followed without a lost frame. */
  next: CustomEvent<Followed>;
  /** The recording has ended, for the reason given. */
  stop: CustomEvent<RecordingEnd>;
  /** Something failed. What was recorded before it is kept. */
  error: CustomEvent<TrackreelError>;
}
