import type { Plan, Sent, Stretch } from './plan.js';
import type { InFile, Recorded } from './record.js';

/** The result of a case. */
export interface Outcome {
  sent: number;
  delivered: number;
  kept: number;
  /** Frames with motion that were delivered and are not in the file, for no fault of the encoder's. */
  false_cuts: number;
  /** Frames that the encoder could not take, or lost. */
  lost: number;
  /** Frames above the recorder's highest frame rate. */
  capped: number;
  /** The most repeats of a pause that are in the file. */
  leftover_repeats: number;
  /** The largest difference of a stretch of motion's length in the file from its length at the sender, as a part of that. */
  motion_time_error: number;
  /** The longest from the beginning of a pause, or from the delivery of its last picture, until it was reported; null if one was not. */
  found_after_ms: number | null;
  /** Freezes that were reported while the picture moved. */
  false_freezes: number;
  pauses: Pause[];
  motions: { seconds: number; error: number }[];
}

/** The result of a pause. */
export interface Pause {
  /** A kind of pause, or `hiccup`. */
  kind: string;
  seconds: number;
  leftover_repeats: number;
  /** From the last picture before it to the first picture after it in the file, in milliseconds. */
  left_ms: number;
  /** From its beginning, or from the delivery of the last picture before it, until it was reported; null if it was not. */
  found_after_ms: number | null;
  /** How often its beginning and its end were reported. */
  begun: number;
  ended: number;
}

/** The shortest pause that has to be found, in seconds: the recorder's default for `freezeAfter`, and time to detect it. */
const FOUND = 1.5;

/** How long after the first frame after a pause, in seconds, a report still belongs to the pause. */
const BELATED = 3;

interface Frame extends Sent {
  arrival_us: number;
  kept: InFile | undefined;
}

/** Compares the frames in the file with the delivered ones, and its times with the server's. */
export function judge({ script }: Plan, recorded: Recorded): Outcome {
  const { log, offset_us, delivered, drops } = recorded;
  const frames = keptFrames(recorded);
  const at = (stretch: number) => log.stretches_us[stretch]! + offset_us;
  /** When the first frame after a stretch arrived. */
  const over = (stretch: number) => frames.find((frame) => frame.stretch > stretch)?.arrival_us ?? Infinity;
  const freezes = recorded.freezes.map((freeze) => ({ ...freeze, stretch: pauseAt(freeze.at_us, script, at, over) }));
  const pauses = script.flatMap((stretch, n) => {
    if ('motion' in stretch) return [];
    const [kind, seconds] = 'hiccup' in stretch ? ['hiccup', stretch.hiccup] : [stretch.pause, stretch.seconds];
    const before = frames.findLast((frame) => frame.stretch < n && frame.kept)?.kept;
    const after = frames.find((frame) => frame.stretch > n && frame.kept)?.kept;
    const mine = freezes.filter(({ stretch }) => stretch === n);
    const found = mine.find(({ ended }) => !ended);
    // After a silence Chromium delivers motion up to a second late. It can't be found earlier.
    const since = Math.max(at(n), frames.findLast(({ stretch }) => stretch < n)?.arrival_us ?? 0);
    const pause: Pause = {
      kind,
      seconds,
      leftover_repeats: frames.filter((frame) => frame.stretch === n && frame.repeat && frame.kept).length,
      left_ms: Math.round(((after?.time ?? NaN) - (before?.time ?? NaN)) * 1000),
      found_after_ms: found ? Math.round((found.at_us - since) / 1000) : null,
      begun: mine.filter(({ ended }) => !ended).length,
      ended: mine.filter(({ ended }) => ended).length,
    };
    return [pause];
  });
  const motions = script.flatMap((stretch, n) => {
    const error = 'motion' in stretch ? timeError(frames.filter((frame) => frame.stretch === n)) : undefined;
    return error === undefined ? [] : [{ seconds: (stretch as { motion: number }).motion, error }];
  });
  const lost = drops.encoder + drops.backpressure;
  const cut = frames.filter(({ repeat, kept }) => !repeat && !kept).length;
  const found = pauses
    .filter(({ kind, seconds }) => kind !== 'hiccup' && seconds >= FOUND)
    .map(({ found_after_ms }) => found_after_ms);
  return {
    sent: log.frames.length,
    delivered: delivered.length,
    kept: frames.filter(({ kept }) => kept).length,
    false_cuts: Math.max(0, cut - lost - drops.maxFps),
    lost,
    capped: drops.maxFps,
    leftover_repeats: Math.max(0, ...pauses.map(({ leftover_repeats }) => leftover_repeats)),
    motion_time_error: Math.max(0, ...motions.map(({ error }) => Math.abs(error))),
    found_after_ms: found.includes(null) ? null : Math.max(0, ...(found as number[])),
    false_freezes: freezes.filter(({ stretch, ended }) => stretch === undefined && !ended).length,
    pauses,
    motions,
  };
}

/** When each stretch's first picture and its last one are shown in the file, in seconds; none where no picture is. */
export function spansInFile({ script }: Plan, recorded: Recorded): ([first: number, last: number] | undefined)[] {
  const frames = keptFrames(recorded).filter(({ kept }) => kept);
  return script.map((_, n) => {
    const times = frames.filter(({ stretch }) => stretch === n).map(({ kept }) => kept!.time);
    return times.length > 0 ? [times[0]!, times.at(-1)!] : undefined;
  });
}

/** The delivered frames from the first that is in the file on, each with its picture there. Of repeats the first ones are. */
function keptFrames({ log, delivered, file }: Recorded): Frame[] {
  const sent = new Map(log.frames.map((frame) => [frame.rtp, frame]));
  let next = 0;
  const frames = delivered.map(({ rtp, arrival_us }) => {
    const frame = sent.get(rtp);
    if (!frame) throw new Error(`a frame that was never sent: ${rtp}`);
    const isKept = file[next]?.counter === frame.picture;
    return { ...frame, arrival_us, kept: isKept ? file[next++] : undefined };
  });
  if (next < file.length) throw new Error(`picture ${file[next]!.counter} in the file was not delivered there`);
  return frames.slice(frames.findIndex(({ kept }) => kept));
}

/** By how much a stretch of motion is too long in the file, as a part of its length at the sender. */
function timeError(frames: Frame[]): number | undefined {
  const kept = frames.filter(({ kept }) => kept);
  const [first, last] = [kept[0], kept.at(-1)];
  if (!first || !last || first === last) return undefined;
  const wall = (last.sent_us - first.sent_us) / 1e6;
  return round((last.kept!.time - first.kept!.time - wall) / wall);
}

/** The pause to which something belongs that came at this time. */
function pauseAt(
  us: number,
  script: readonly Stretch[],
  at: (stretch: number) => number,
  over: (stretch: number) => number,
): number | undefined {
  const n = script.findLastIndex((stretch, n) => !('motion' in stretch) && at(n) <= us);
  return n >= 0 && us <= over(n) + BELATED * 1e6 ? n : undefined;
}

function round(value: number): number {
  return Math.round(value * 1e4) / 1e4;
}
