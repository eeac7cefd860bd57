import { fileName } from './download.js';
import { entriesOf, jsonEntry, optionsOf } from './option-entries.js';
import { errorOf } from './errors.js';
import type { Calls, OptionEntry } from './messages.js';
import type { Port } from './port.js';
import type { Duration, Mark, Metadata } from './types.js';

/** Which part of a reel is exported, at which rate, and how progress is followed. Without `last`, `from` and `to` it is all of it. */
export interface ExportOptions {
  /**
   * The last seconds, such as `'30s'` or `30`; all of a shorter reel. Not together with `from` and `to`.
   *
   * A file can only begin with a key frame, and there is one about every two seconds. It begins with the last key frame before the time
   * that was asked for. {@link Movie.start} reports which.
   */
  last?: Duration;
  /**
   * The beginning, in seconds from the reel's start, as a {@link Duration}, or a {@link Mark}.
   *
   * The file begins with the last key frame before it.
   */
  from?: Duration | Mark;
  /** The exact end, in seconds from the reel's start, as a {@link Duration}, or a {@link Mark}. */
  to?: Duration | Mark;
  /**
   * What follows an earlier export of the same reel: its movie, or a time in seconds from the reel's start or as a {@link Duration}. For clips
   * that join without a frame twice. Not together with `last`, `from` and `to`.
   *
   * The clip begins with the first key frame at or after that end. While recording, it ends before a key frame that stays: three to five
   * seconds ago, or more where key frames are rare or the sound has stopped. The next one begins there, so nothing is missing between
   * clips with `since`. Begin with `since: 0`. A clip of another kind may end between two key frames: the frames up to the next one are
   * then in neither.
   *
   * After the end of the recording it has all the rest. Where nothing is new yet, the export rejects with `nothing-recorded`.
   */
  since?: Movie | Duration;
  /**
   * An even frame rate, from 1 to 240 a second, for editors that refuse a variable one.
   *
   * The pictures are the same. Each goes to the nearest time of an even grid, of whole 90,000ths of a second, and one that is missing or
   * held leaves its time free. It must be no less than the rate at which the frames came.
   */
  fps?: number;
  /** Title, artist, comment, date, location and more, in the file. */
  metadata?: Metadata;
  /**
   * How many times as fast the file is: up to 1000 for a time-lapse, down to 0.1 for slow motion, without an encode. 1 by default.
   *
   * It has no sound unless it is 1. Where pictures would come faster than 240 a second on average, it has key frames only, at most 60 a second.
   * Of frames kept as they were received there is a key frame every {@link RecorderOptions.keyFrameInterval}. `start` and `end` of the
   * movie are times in the reel. An `fps` beside it is that of the file.
   */
  speed?: number;
  /**
   * How an MP4 has its words ({@link Recorder.cue}): `'tx3g'` by default, which VLC, ffmpeg and Apple's players show, or `'wvtt'`, WebVTT in
   * the file (ISO/IEC 14496-30), for players of streams. A WebM has WebVTT in any case.
   */
  subtitles?: 'tx3g' | 'wvtt';
  /**
   * Gets the progress, from 0 to 1: several times for a reel of hours, once for a short one.
   *
   * It is not called while nothing is on disk.
   *
   * @param done - the part that is done
   */
  onProgress?: (done: number) => void;
  /** Aborts the export, which then rejects with the signal's reason. */
  signal?: AbortSignal;
}

/**
 * A file (`video/mp4` or `video/webm`; of sound alone `audio/mp4` or `audio/webm`) that plays from its start, and its bounds in the reel.
 *
 * It is a handle: its bytes are on disk, not in memory. Its name is a new one of {@link fileName}, by when the recording began.
 */
export interface Movie extends File {
  /** Where it begins, in seconds from the reel's start. */
  readonly start: number;
  /** Where it ends, in seconds from the reel's start. */
  readonly end: number;
  /** Where the next one begins, in seconds of media time: the start of a reel moves where only its end is kept. @internal */
  readonly mediaEnd: number;
  /**
   * The number of segments that are missing, since they could not be read, or not be decoded without one that could not: 0, unless the disk
   * lost something.
   *
   * A segment has two to about thirty seconds.
   */
  readonly missingSegments: number;
}

type ExportCall = { [C in keyof Calls]: Calls[C]['answer'] extends { blob: Blob } ? C : never }[keyof Calls];

/** Exports what was recorded from this time on through a worker; `ask` makes its call of the part that is asked for. Gives the reel's size as well if it is all of it. @internal */
export async function exportMovie<C extends ExportCall>(
  port: Port,
  call: C,
  createdAt: Date,
  options: ExportOptions,
  ask: (clip: ReturnType<typeof entriesOf>) => Calls[C]['ask'],
): Promise<{ movie: Movie; reelBytes: number | undefined }> {
  const { onProgress, signal, metadata, from, to, ...rest } = optionsOf(options);
  if (onProgress !== undefined && typeof onProgress !== 'function') {
    throw errorOf('invalid-option', 'onProgress must be a function');
  }
  if (signal !== undefined && typeof signal?.throwIfAborted !== 'function') {
    throw errorOf('invalid-option', 'signal must be an AbortSignal');
  }
  signal?.throwIfAborted();
  const { since, ...part } = rest;
  const sinceMedia = (since as Movie | null | undefined)?.mediaEnd;
  const after = sinceMedia === undefined ? { since } : { sinceMedia };
  const clip = entriesOf({ ...part, ...after, from: timeOf(from), to: timeOf(to) });
  const entries = [...clip, ...factsOf(metadata)];
  const { blob, reelBytes, damaged, ...bounds } = await port.call(call, ask(entries), [], { onProgress, signal });
  const file = new File([blob], fileName(createdAt, blob.type), { type: blob.type });
  return {
    movie: Object.assign(file, { ...bounds, missingSegments: damaged }),
    reelBytes: clip.every(
      ({ name, value }) => name === 'fps' || name === 'subtitles' || (name === 'speed' && value === 1),
    )
      ? reelBytes
      : undefined,
  };
}

/** The time of a mark. @internal */
export function timeOf(time: unknown): unknown {
  return typeof time === 'object' && time && 'time' in time ? time.time : time;
}

/** Facts as entries with the names that they have in the options. */
function factsOf(metadata: unknown): OptionEntry[] {
  if (typeof metadata !== 'object' || !metadata) return entriesOf({ metadata });
  const { custom, location, date, ...texts } = metadata as Record<keyof Metadata, unknown>;
  const day = date instanceof Date && !Number.isNaN(date.getTime()) ? date.toISOString() : date;
  const flat: OptionEntry[] = entriesOf({ ...texts, date: day });
  if (typeof location !== 'object' || !location) flat.push(...entriesOf({ location }));
  else flat.push(...entriesOf(location).map((entry) => ({ ...entry, name: `location.${entry.name}` })));
  flat.push(...jsonEntry('custom', custom));
  return flat.map((entry) => ({ ...entry, name: `metadata.${entry.name}` }));
}

/** The bytes of an export, for a pipe to a file; reports how much of them has gone through, and when all have. @internal */
export function streamMovie(
  movie: Movie,
  { onProgress, signal }: ExportOptions,
  onDone: () => Promise<void>,
): ReadableStream<Uint8Array> {
  let gone = 0;
  const counter = new TransformStream<Uint8Array, Uint8Array>({
    transform(bytes, controller) {
      controller.enqueue(bytes);
      gone += bytes.length;
      onProgress?.(gone / movie.size);
    },
    flush: onDone,
  });
  return movie.stream().pipeThrough(counter, signal ? { signal } : {});
}
