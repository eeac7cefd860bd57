// The captures of `npm run senders`: what the server is asked for in each.

const motion = (seconds) => ({ motion: seconds });
const pause = (kind, seconds) => ({ pause: kind, seconds });
const hiccup = (seconds) => ({ hiccup: seconds });

const pauses = (kind) => [
  motion(4),
  pause(kind, 3),
  motion(4),
  pause(kind, 10),
  motion(4),
  pause(kind, 3),
  motion(4),
];
const once = (kind, seconds, before = 4) => [motion(before), pause(kind, seconds), motion(before)];

/** Each one by its name. What is not given is the server's default: VP8, 512×512, 30 frames and 5 Mbit a second, a scene. */
export const CAPTURES = {
  ...Object.fromEntries(['a', 'b', 'c', 'd', 'e'].map((kind) => [`${kind}-3-10-3`, { script: pauses(kind) }])),
  hiccups: { script: [motion(4), hiccup(0.7), motion(4), hiccup(1.5), motion(4), hiccup(2.2), motion(4)] },
  'a-1.5-film': { content: 'film', script: once('a', 1.5) },
  'a-3-10-3-film': { content: 'film', script: pauses('a') },
  'a-fade': { content: 'fade', counter: false, script: once('a', 3) },
  'a-5-pointer-nocounter': { counter: false, script: once('a', 5) },
  'plain-100': { script: [motion(100)] },
  'plain-100-loaded': { script: [motion(100)], busy: 2 },
  'burst-8': { burst: 8, script: pauses('b') },
  'loss-2': { loss: 0.02, script: pauses('b') },
  'loss-5': { loss: 0.05, script: pauses('a') },
  'a-3-10-3-h264': { codec: 'H264', script: pauses('a') },
  'b-3-10-3-h264': { codec: 'H264', script: pauses('b') },
  'fps-1': { fps: 1, script: [motion(20), pause('a', 10), motion(20), pause('b', 10), motion(10)] },
  'fps-60': { fps: 60, script: [...pauses('a'), pause('b', 5), motion(4)] },
  'fps-0.2': { fps: 0.2, script: [motion(60)] },
  'd-3-10-3-film': { content: 'film', script: pauses('d') },
  'jittery-30': { jitter: 0.8, script: pauses('b') },
  'a-10-film-10M': { content: 'film', width: 576, height: 320, bitrate: 10_000_000, script: once('a', 10) },
};
