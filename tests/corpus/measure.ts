import type { Freeze } from 'trackreel';
import { FPS } from './events.js';

/** A frame as it was received. */
export interface Received {
  /** In microseconds. */
  timestamp: number;
  /** Whether its source is, to the last bit, that of the frame received before it. */
  repeats: boolean;
  /** Whether its source moved, but none of that arrived: it counts neither way. */
  erased: boolean;
}

/** What became of a case. */
export interface Outcome {
  received: number;
  kept: number;
  /** Frames with motion that were cut. */
  false_cuts: number;
  /** The most repeats of a frozen picture that were left after a freeze of 1.5 s or more. */
  leftover_repeats: number;
  /** The most that the time cut for such a freeze differs from the time that was frozen, in milliseconds. */
  cut_error_ms: number;
  /** Frames that the recorder's encoder could not take, or lost. */
  lost?: number;
  /** Frames that count neither way, since the codec erased their motion. */
  erased: number;
}

/** A freeze that has to be cut cleanly, in frames: 1.5 s, less the frame that the frozen picture came with. */
const LONG = Math.round(1.5 * FPS) - 1;

/** Compares the kept frames with those that moved. */
export function measure(frames: readonly Received[], kept: readonly boolean[]): Outcome {
  const outcome: Outcome = {
    received: frames.length,
    kept: kept.filter(Boolean).length,
    false_cuts: 0,
    leftover_repeats: 0,
    cut_error_ms: 0,
    erased: frames.filter(({ erased }) => erased).length,
  };
  const isFalse = (n: number) => !frames[n]!.repeats && !frames[n]!.erased && !kept[n];
  for (let n = 0; n < frames.length; n++) if (isFalse(n)) outcome.false_cuts++;
  for (let from = 0; from < frames.length;) {
    let to = from;
    while (to < frames.length && frames[to]!.repeats) to++;
    if (to - from >= LONG) {
      let leftover = 0;
      for (let n = from; n < to; n++) if (kept[n]) leftover++;
      // Frames on either side that were cut without being frozen.
      let excess = 0;
      for (let n = from - 1; n >= 0 && isFalse(n); n--) excess++;
      for (let n = to; n < frames.length && isFalse(n); n++) excess++;
      outcome.leftover_repeats = Math.max(outcome.leftover_repeats, leftover);
      outcome.cut_error_ms = Math.max(outcome.cut_error_ms, Math.round((Math.abs(leftover - excess) * 1000) / FPS));
    }
    from = Math.max(to, from + 1);
  }
  return outcome;
}

/** What became of a case whose frames are kept as they are received. */
export interface ReceivedOutcome extends Outcome {
  /** The most that was lost between the end of a freeze and the key frame that was asked for then, in milliseconds. */
  lost_until_key_ms: number;
  /** How often the recorder has asked for a key frame. */
  key_requests?: number;
}

/** A frame in a file. */
export interface InFile {
  /** Its media time, in seconds. */
  time: number;
  isKey: boolean;
}

/**
 * Compares the frames in a file with those that moved. Frames lost after a freeze, up to a key frame, are no false cuts.
 *
 * @param isExact - whether frames came at the times of their timestamps, so that the times in the file can be compared as well
 */
export function measureReceived(
  frames: readonly Received[],
  kept: readonly (InFile | undefined)[],
  isExact: boolean,
): ReceivedOutcome {
  const moves = ({ repeats, erased }: Received) => !repeats && !erased;
  const isLost = frames.map(() => false);
  let lost_until_key_ms = 0;
  let cut_error_ms = 0;
  for (let from = 0; from < frames.length; from++) {
    if (kept[from]) continue;
    let to = from;
    while (to < frames.length && !kept[to]) to++;
    const repeat = frames.findIndex(({ repeats }, n) => n >= from && n < to && repeats);
    const moved = frames.findIndex((frame, n) => n > repeat && n < to && moves(frame));
    if (repeat >= 0 && moved >= 0 && (kept[to]?.isKey ?? true)) {
      const lost = frames.slice(moved, to).filter(({ repeats }) => !repeats).length;
      lost_until_key_ms = Math.max(lost_until_key_ms, Math.round((lost * 1000) / FPS));
      isLost.fill(true, moved, to);
    }
    from = to;
  }
  for (let from = 0; from < frames.length; from++) {
    if (!frames[from]!.repeats) continue;
    let to = from;
    while (to < frames.length && frames[to]!.repeats) to++;
    const [before, after] = [
      kept.findLastIndex((one, n) => n < from && one),
      kept.findIndex((one, n) => n >= to && one),
    ];
    if (isExact && to - from >= LONG && before >= 0 && after >= 0) {
      // Erased frames that are cut count as frozen: they look the same.
      const moves = (n: number) => (n < from || n >= to) && !(frames[n]!.erased && !kept[n]);
      let moved = 0;
      for (let n = before + 1; n <= after; n++) {
        if (moves(n)) moved += (frames[n]!.timestamp - frames[n - 1]!.timestamp) / 1e6;
      }
      const inFile = kept[after]!.time - kept[before]!.time;
      cut_error_ms = Math.max(cut_error_ms, Math.round(Math.abs(inFile - moved) * 1000));
    }
    from = to;
  }
  const isKept = kept.map((one) => one !== undefined);
  const outcome = measure(frames, isKept);
  const judged = frames.map((frame, n) => ({ ...frame, erased: frame.erased || isLost[n]! }));
  const { false_cuts } = measure(judged, isKept);
  cut_error_ms = Math.max(outcome.cut_error_ms, cut_error_ms);
  return { ...outcome, false_cuts, cut_error_ms, lost_until_key_ms };
}

/**
 * Which frames are in the file, by the freezes that the recorder reported. The times in the file must match to the
 * millisecond, or an error is thrown.
 */
export function keptFrames(
  frames: readonly Received[],
  freezes: readonly Freeze[],
  times: readonly number[],
): boolean[] {
  const start = frames[0]?.timestamp ?? 0;
  const cuts: { from: number; to: number; length: number }[] = [];
  let removed = 0;
  for (const { begin, duration: length, ended } of freezes) {
    const from = begin + removed;
    cuts.push({ from, to: ended ? from + length : Infinity, length });
    removed += length;
  }
  const half = 0.5 / FPS;
  const expected: number[] = [];
  const kept = frames.map(({ timestamp }) => {
    const time = (timestamp - start) / 1e6;
    if (cuts.some(({ from, to }) => time > from - half && time < to - half)) return false;
    const before = cuts.filter(({ to }) => time > to - half);
    expected.push(time - before.reduce((sum, { length }) => sum + length, 0));
    return true;
  });
  const wrong = expected.findIndex((time, n) => !(Math.abs(time - (times[n] ?? NaN)) < 0.001));
  if (wrong >= 0 || expected.length !== times.length) {
    const counts = `${times.length} frames in the file, ${expected.length} by the events; number ${wrong}`;
    throw new Error(`${counts} at ${times[wrong]} s, not ${expected[wrong]}: ${JSON.stringify(freezes)}`);
  }
  return kept;
}
