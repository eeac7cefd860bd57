/** What a sender does in a case, in seconds of its time. */
export interface Script {
  seconds: number;
  /** When the picture is static. */
  freezes: readonly { from: number; to: number }[];
  /** When the sender makes a key frame that nothing in the picture calls for. */
  keyFrames?: readonly number[];
  /** When its rate falls to a quarter. */
  bitrateDrop?: number;
  /** Until when it sends at half the width and height. */
  halfSizeUntil?: number;
}

const freeze = (length: number): Script => ({ seconds: 3.5 + length, freezes: [{ from: 2, to: 2 + length }] });

/** The events of the corpus, by name. */
export const EVENTS = {
  none: { seconds: 6, freezes: [] },
  'freeze-0.5': freeze(0.5),
  'freeze-1.5': freeze(1.5),
  'freeze-3': freeze(3),
  'freeze-10': freeze(10),
  'freeze-at-start': { seconds: 5, freezes: [{ from: 0, to: 3 }] },
  'freeze-at-end': { seconds: 5, freezes: [{ from: 2, to: 5 }] },
  'ten-short': {
    seconds: 11,
    freezes: Array.from({ length: 10 }, (_, i) => ({ from: 0.5 + i, to: 1.1 + i })),
  },
  'key-frames': { ...freeze(3), keyFrames: [2.5, 3.6] },
  'bitrate-drop': { ...freeze(3), bitrateDrop: 2.6 },
  'resolution-rise': { ...freeze(3), halfSizeUntil: 2.7 },
} satisfies Record<string, Script>;

/** The name of an event. */
export type EventName = keyof typeof EVENTS;

/** Pictures a second. */
export const FPS = 30;

/** One frame that the sender sends. */
export interface Sent {
  /** In microseconds. */
  timestamp: number;
  /** Which picture of the content it shows. */
  picture: number;
  /** Whether that is the one before, once more. */
  repeats: boolean;
  keyFrame: boolean;
  halfSize: boolean;
  lowBitrate: boolean;
}

/** The sent frames. After a freeze the content continues from the frozen picture. */
export function sentFrames({ seconds, freezes, keyFrames = [], bitrateDrop, halfSizeUntil = 0 }: Script): Sent[] {
  const frames: Sent[] = [];
  let picture = 0;
  for (let n = 0; n < Math.round(seconds * FPS); n++) {
    const time = n / FPS;
    // The first frame of a freeze is the picture that is then repeated.
    const repeats = n > 0 && freezes.some(({ from, to }) => time > from + 1e-6 && time < to - 1e-6);
    if (n > 0 && !repeats) picture++;
    frames.push({
      timestamp: Math.round(time * 1e6),
      picture,
      repeats,
      keyFrame: keyFrames.some((at) => Math.round(at * FPS) === n),
      halfSize: time < halfSizeUntil,
      lowBitrate: bitrateDrop !== undefined && time >= bitrateDrop,
    });
  }
  return frames;
}
