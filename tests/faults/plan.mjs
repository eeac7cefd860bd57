// When to kill: at random, and so that every kind of moment comes up.

/** What is kept as received, by turns: the codec, and the container of its file. */
const RECEIVED = [
  { codec: 'H264', container: 'mp4' },
  { codec: 'VP8', container: 'webm' },
  { codec: 'VP9', container: 'mp4' },
];

/**
 * What happens when the browser is killed, by turns. `resumed` resumes the reel that was interrupted last; in `growing` the
 * picture has become larger, and the earlier pictures are being re-encoded. In the kinds of {@link CLEARED}
 * the stored data were removed before. Where an entry of {@link RECEIVED} stands beside a kind, frames are kept as they are received.
 */
const KINDS = [
  ['recording'],
  ['early', RECEIVED[1]],
  ['boundary', RECEIVED[0]],
  ['resumed', RECEIVED[0]],
  ['pause', RECEIVED[1]],
  ['resumed', RECEIVED[1]],
  ['growing'],
  ['cleared', RECEIVED[2]],
  ['export', RECEIVED[2]],
  ['resumed', RECEIVED[2]],
  ['boundary'],
  ['resumed', RECEIVED[0]],
  ['resumed'],
  ['deleted'],
  ['recording', RECEIVED[1]],
  ['erased', RECEIVED[0]],
  ['pause'],
  ['export'],
  ['cleared'],
  ['deleted', RECEIVED[1]],
  ['early'],
  ['erased'],
];
/** The site's data are cleared, its database is deleted, or all records are. */
export const CLEARED = ['cleared', 'deleted', 'erased'];
/** The kind of a reel into which this can be recorded, as `Found.kind` has it: frames are encoded as H.264. */
export function kindOf(received) {
  const { codec, container } = received ?? RECEIVED[0];
  return `${container} ${{ H264: 'avc1', VP8: 'vp8', VP9: 'vp09' }[codec]}`;
}
/** A segment is about this long. */
const SEGMENT_MS = 2000;

/**
 * The kills of a run: after `actMs` of a recording it is paused, exported over and over, or made larger; after `killMs` more the browser is
 * killed. `received` is what is kept as received; none if frames are encoded.
 */
export function planOf(seed, times) {
  const random = generator(seed);
  const between = (from, to) => Math.round(from + random() * (to - from));
  const cleared = () => ({ actMs: between(0, 6000), killMs: between(2500, 6000) });
  const moments = {
    cleared,
    deleted: cleared,
    erased: cleared,
    recording: () => ({ actMs: 0, killMs: between(700, 9000) }),
    resumed: () => ({ actMs: 0, killMs: between(300, 5000) }),
    early: () => ({ actMs: 0, killMs: between(0, 700) }),
    boundary: () => ({ actMs: 0, killMs: between(1, 4) * SEGMENT_MS + between(-250, 250) }),
    pause: () => ({ actMs: between(700, 5000), killMs: between(50, 2500) }),
    export: () => ({ actMs: between(700, 5000), killMs: between(20, 600) }),
    growing: () => ({ actMs: between(1500, 5000), killMs: between(0, 1500) }),
  };
  return Array.from({ length: times }, (_, i) => {
    const [kind, received] = KINDS[i % KINDS.length];
    return { kind, received, ...moments[kind]() };
  });
}

/** Numbers from 0 to 1 that are the same for the same seed (mulberry32). */
function generator(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
