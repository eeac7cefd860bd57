// When to kill: at random, and so that every kind of moment comes up.

/**
 * What goes on when the browser is killed, by turns. `resumed` resumes the reel that was interrupted last; in `growing` the
 * picture has become larger, and what came before it is being re-encoded. In the kinds of {@link CLEARED}
 * the stored data were removed before.
 */
const KINDS = [
  'recording',
  'early',
  'boundary',
  'resumed',
  'pause',
  'export',
  'growing',
  'cleared',
  'deleted',
  'erased',
];
/** The site's data are cleared, its database is deleted, or all records are. */
export const CLEARED = ['cleared', 'deleted', 'erased'];
/** A segment is about this long. */
const SEGMENT_MS = 2000;

/**
 * The kills of a run: after `actMs` of a recording it is paused, exported over and over, or made larger; after `killMs` more the browser is
 * killed.
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
    const kind = KINDS[i % KINDS.length];
    return { kind, ...moments[kind]() };
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
