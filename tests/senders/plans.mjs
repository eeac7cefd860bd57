// What the server is asked for: in the cases that a recorder has to pass, and in the captures.
// What a plan does not give is the server's default: VP8, 512×512, 30 frames and 5 Mbit a second, a scene.

/** @typedef {import('./plan.js').Plan} Plan */

const motion = (seconds) => ({ motion: seconds });
const pause = (kind, seconds) => ({ pause: kind, seconds });
const mono = (...heard) => ({ channels: 1, heard });
const stereo = (...heard) => ({ channels: 2, heard });
const hiccup = (seconds) => ({ hiccup: seconds });

/** Motion, and a pause of each of these lengths before more motion. */
const paused = (kind, lengths, between = 4) => [
  motion(between),
  ...lengths.flatMap((seconds) => [pause(kind, seconds), motion(between)]),
];
const LENGTHS = [3, 10, 3];
const KINDS = ['a', 'b', 'c', 'd', 'e'];
const HICCUPS = [motion(4), ...[0.7, 1.5, 2.2].flatMap((seconds) => [hiccup(seconds), motion(4)])];
/** From here on a pause of kind `e` overflows the RTP timestamp. Chromium then holds back the frames after the pause for 3 s. */
const HIGH = 4_000_000_000;
const SMALL_FILM = { content: 'film', width: 576, height: 320, bitrate: 10_000_000 };

/** What the outcome of a case must not exceed. */
export const LIMITS = { false_cuts: 0, leftover_repeats: 3, motion_time_error: 0.02, found_after_ms: 1500 };

/**
 * The cases of `npm run corpus`, by name.
 *
 * @type {Record<string, Plan>}
 */
export const CASES = {
  ...Object.fromEntries(KINDS.map((kind) => [`VP8 scene pause-${kind}`, { script: paused(kind, LENGTHS) }])),
  ...Object.fromEntries(
    ['a', 'b', 'd'].map((kind) => [
      `H264 scene pause-${kind}`,
      { codec: 'H264', script: paused(kind, kind === 'd' ? [3] : LENGTHS) },
    ]),
  ),
  'VP8 scene pause-e overflow': { origin: HIGH, script: paused('e', LENGTHS) },
  'VP8 film pause-a': { content: 'film', script: paused('a', LENGTHS) },
  'VP8 film pause-d': { content: 'film', script: paused('d', [3]) },
  'VP8 film pause-a 10M': { ...SMALL_FILM, script: paused('a', [10]) },
  'VP8 film pause-b 10M': { ...SMALL_FILM, script: paused('b', [3]) },
  'H264 film pause-a 10M': { ...SMALL_FILM, codec: 'H264', script: paused('a', [3]) },
  'VP8 typing pause-a': { content: 'typing', script: paused('a', [3]) },
  'VP8 scene hiccups': { script: HICCUPS },
  'VP8 scene plain': { script: [motion(100)] },
  'VP8 scene bursts': { burst: 8, script: paused('b', [3]) },
  'VP8 scene bursts pause-a': { burst: 8, script: paused('a', [3]) },
  'VP8 scene jitter': { jitter: 0.8, script: paused('b', [3]) },
  'VP8 scene loss-2': { loss: 0.02, script: paused('a', [3]) },
  'VP8 scene loss-5': { loss: 0.05, script: paused('b', [3]) },
  'VP8 scene fps-1': { fps: 1, script: paused('a', [10], 10) },
  'VP8 scene fps-10': { fps: 10, script: paused('b', [3]) },
  'VP8 scene fps-60': { fps: 60, script: [...paused('a', [3]), pause('b', 3), motion(4)] },
  // With the recorder's default of 30 frames a second at most.
  'VP8 scene pause-b capped': { maxFps: 30, script: paused('b', [3]) },
};

/**
 * The cases of `npm test -- senders`: a pause of each kind, and what has been hard.
 *
 * @type {Record<string, Plan>}
 */
export const TESTED = {
  ...Object.fromEntries(KINDS.map((kind) => [`VP8 scene pause-${kind}`, { script: paused(kind, [3]) }])),
  'VP8 scene pause-e': { origin: 0, script: paused('e', [3]) },
  'VP8 scene pause-e overflow': { origin: HIGH, script: paused('e', [3]) },
  'H264 scene pause-b': { codec: 'H264', script: paused('b', [3]) },
  'VP8 film pause-a 10M': CASES['VP8 film pause-a 10M'],
  'VP8 scene hiccups': { script: HICCUPS },
  'VP8 scene bursts': CASES['VP8 scene bursts'],
  'VP8 scene loss-5': CASES['VP8 scene loss-5'],
};

/**
 * The cases with sound of `npm test -- senders`. A tone holds a static picture; silence lets it be cut.
 *
 * @type {Record<string, Plan>}
 */
export const WITH_SOUND = {
  'plays on, silent now and then': { sound: mono('tone', 'silence', 'tone'), script: Array(3).fill(motion(3)) },
  'loss-5': { loss: 0.05, sound: mono('tone', 'tone'), script: Array(2).fill(motion(3)) },
  'pause-a with a tone': { sound: mono('tone', 'tone', 'tone'), script: paused('a', [3], 3) },
  'pause-b with a tone': { sound: mono('tone', 'tone', 'tone'), script: paused('b', [3], 3) },
  'pause-a with silence': { sound: mono('tone', 'silence', 'tone'), script: paused('a', [4], 3) },
  'pause-b without sound, in stereo': { sound: stereo('tone', 'nothing', 'tone'), script: paused('b', [4], 3) },
};

/**
 * The cases of `npm test -- senders` that are recorded as they are received: a pause of each kind, and packets that are lost.
 *
 * @type {Record<string, Plan>}
 */
export const AS_RECEIVED = {
  'H264 film': { codec: 'H264', content: 'film', script: [motion(8)] },
  ...Object.fromEntries(
    [0.02, 0.05].map((loss) => [
      `H264 film loss-${loss * 100}`,
      { codec: 'H264', content: 'film', loss, script: [motion(10)] },
    ]),
  ),
  ...Object.fromEntries(
    KINDS.map((kind) => [`H264 scene pause-${kind}`, { codec: 'H264', script: paused(kind, [3], 3) }]),
  ),
  // Into WebM.
  ...Object.fromEntries(
    KINDS.map((kind) => [`VP8 scene pause-${kind}`, { codec: 'VP8', script: paused(kind, [3], 3) }]),
  ),
  'VP8 scene loss-5': { codec: 'VP8', loss: 0.05, script: [motion(10)] },
  // All packets of some frames.
  'H264 film outages': { codec: 'H264', content: 'film', outages: { every: 3, seconds: 0.3 }, script: [motion(10)] },
  'VP8 scene outages': { codec: 'VP8', outages: { every: 3, seconds: 0.3 }, script: [motion(10)] },
};

/**
 * The captures of `npm run senders`, by name. `busy` is how many loops take the processor's time beside it.
 *
 * @type {Record<string, Plan & { busy?: number }>}
 */
export const CAPTURES = {
  ...Object.fromEntries(KINDS.map((kind) => [`${kind}-3-10-3`, { script: paused(kind, LENGTHS) }])),
  'e-overflow': { origin: HIGH, script: paused('e', LENGTHS) },
  hiccups: { script: HICCUPS },
  'a-1.5-film': { content: 'film', script: paused('a', [1.5]) },
  'a-3-10-3-film': { content: 'film', script: paused('a', LENGTHS) },
  'a-fade': { content: 'fade', counter: false, script: paused('a', [3]) },
  'a-5-pointer-nocounter': { counter: false, script: paused('a', [5]) },
  'plain-100': { script: [motion(100)] },
  'plain-100-loaded': { script: [motion(100)], busy: 2 },
  'burst-8': { burst: 8, script: paused('b', LENGTHS) },
  'loss-2': { loss: 0.02, script: paused('b', LENGTHS) },
  'loss-5': { loss: 0.05, script: paused('a', LENGTHS) },
  'a-3-10-3-h264': { codec: 'H264', script: paused('a', LENGTHS) },
  'b-3-10-3-h264': { codec: 'H264', script: paused('b', LENGTHS) },
  'fps-1': { fps: 1, script: [motion(20), pause('a', 10), motion(20), pause('b', 10), motion(10)] },
  'fps-60': { fps: 60, script: [...paused('a', LENGTHS), pause('b', 5), motion(4)] },
  'fps-0.2': { fps: 0.2, script: [motion(60)] },
  'd-3-10-3-film': { content: 'film', script: paused('d', LENGTHS) },
  'jittery-30': { jitter: 0.8, script: paused('b', LENGTHS) },
  'a-10-film-10M': { ...SMALL_FILM, script: paused('a', [10]) },
  // Short, so that the received frames can be kept as pictures.
  'short-a-scene': { script: paused('a', [3], 1.5) },
  'short-a-film': { content: 'film', script: paused('a', [3], 1.5) },
  'short-d-film': { content: 'film', script: paused('d', [3], 1) },
  'short-a-fade': { content: 'fade', counter: false, script: paused('a', [3], 1.5) },
  'short-a-typing': { content: 'typing', counter: false, script: paused('a', [3], 3) },
  'short-a-pointer': { counter: false, script: paused('a', [5], 1.5) },
  'short-a-scene-h264': { codec: 'H264', script: paused('a', [3], 1.5) },
  'short-a-film-h264': { codec: 'H264', content: 'film', script: [motion(1), pause('a', 3), motion(0.5)] },
};
