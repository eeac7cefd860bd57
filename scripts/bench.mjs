// npm run bench: sets up, builds, measures, and prints a line of JSON for each metric. `npm run bench -- --quick` only shows that it
// works; `--only scale`, as often as wanted, measures that alone; `--against <folder>` has `capture` measure another build's pkg/ beside
// this one.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { aac } from '../bench/aac.mjs';
import { capture } from '../bench/capture.mjs';
import { exporting } from '../bench/export.mjs';
import { flat } from '../bench/flat.mjs';
import { freezeDetection } from '../bench/freeze.mjs';
import { fragmented } from '../bench/fragments.mjs';
import { interaction } from '../bench/interaction.mjs';
import { openH264 } from '../bench/openh264.mjs';
import { playing } from '../bench/player.mjs';
import { quality } from '../bench/quality.mjs';
import { fidelity, received as asReceived } from '../bench/received.mjs';
import { scale } from '../bench/scale.mjs';
import { sizeFigures } from '../bench/size.mjs';
import { soak } from '../bench/soak.mjs';
import { soundCost } from '../bench/sound.mjs';
import { uploading } from '../bench/upload.mjs';
import { unwatched } from '../bench/unwatched.mjs';
import { watching } from '../bench/watching.mjs';
import { buildPackage } from './build.mjs';
import { buildPage, servePage } from './page.mjs';
import { ensureBrowsers } from './setup.mjs';

const CONFIG = 'bench/page/vite.config.js';

// Of the connection's codecs H.264 costs the least to send and to receive, so that recording is not lost in it; and VP8
// or VP9 at 1080p, sent and received on two cores, leaves no room for 30 frames per second.
const received = { codec: 'H264', fps: 30 };
const hd = { ...received, name: '720p', width: 1280, height: 720 };
const fullHd = { ...received, name: '1080p', width: 1920, height: 1080 };

/** Several at once, of a size that two cores can send as well. */
const several = [4, 9].map((streams) => {
  const [width, height] = streams === 4 ? [480, 270] : [320, 180];
  return { ...received, name: `${streams}_streams`, width, height, fps: 15, streams };
});

/** What a quick run measures on a live track: whether it works. The waits are for metrics that mean something. */
const GLIMPSE = { rounds: 1, seconds: 1, connectMs: 500, settleMs: 300 };

/** What can be measured, in this order. */
const PARTS = {
  size: () => sizeFigures(),
  interaction: (_, quick) => interaction({ visits: quick ? 1 : 9 }),
  capture: (url, quick, against) => capture(url, hd, { ...(quick ? GLIMPSE : { rounds: 8, seconds: 4 }), against }),
  'capture-1080p': (url, quick, against) => (quick ? [] : capture(url, fullHd, { rounds: 6, seconds: 4, against })),
  async *received(url, quick) {
    const extent = quick ? GLIMPSE : { rounds: 5, seconds: 4 };
    yield* fidelity(url, { ...received, name: '360p', width: 640, height: 360 }, quick ? GLIMPSE : { seconds: 8 });
    for (const source of quick ? [hd] : [hd, fullHd, ...several]) yield* await asReceived(url, source, extent);
  },
  sound: (url, quick) => soundCost(url, quick ? GLIMPSE : { rounds: 9, seconds: 6 }),
  freeze: (url, quick) => freezeDetection(quick ? { rounds: 1, builds: ['simd'], profile: 'dev' } : { rounds: 9 }),
  openh264: (_, quick) =>
    openH264(
      quick
        ? { rounds: 1, frames: 10, sizes: ['360p', '720p'], compared: { frames: 30, cases: [['360p', 500_000]] } }
        : {
            rounds: 7,
            frames: 30,
            compared: {
              frames: 240,
              cases: [
                ['720p', 1_000_000],
                ['720p', 2_800_000],
              ],
            },
          },
    ),
  aac: (_, quick) => aac(quick ? { seconds: 2, rounds: 1, signals: ['speech'] } : { seconds: 20, rounds: 7 }),
  quality: (_, quick) => quality(quick ? { frames: 60, sizes: ['320x320'], contents: ['text'] } : { frames: 120 }),
  export: (url, quick) => exporting(url, hd, quick ? { ...GLIMPSE, seconds: 3, times: 2 } : { seconds: 20, times: 9 }),
  fragments: (url, quick) => fragmented(url, quick ? { segments: 30, starts: 1 } : { segments: 1800, starts: 5 }),
  player: (url, quick) => playing(url, quick ? { seconds: 12, places: 3 } : { seconds: 60, places: 40 }),
  upload: (url, quick) => uploading(url, quick ? { segments: 30, starts: 1 } : { segments: 1800, starts: 3 }),
  scale: (url, quick) =>
    scale(
      url,
      quick
        ? { segments: 30, starts: 1, warmExports: 1, nativeSeconds: 2 }
        : { segments: 1800, starts: 3, warmExports: 5, nativeSeconds: 20 },
    ),
  flat: (url, quick) =>
    flat(url, quick ? { minutes: 0.5, warmUp: 0.1, speed: 5 } : { minutes: 30, warmUp: 3, speed: 12, natural: 10 }),
  soak: (url, quick) =>
    soak(
      url,
      quick
        ? { seconds: 4, warmUp: 0.5, sampleEvery: 0.5, exportEvery: 2 }
        : { seconds: 600, warmUp: 60, sampleEvery: 30, exportEvery: 45 },
    ),
  unwatched: (url, quick) =>
    unwatched(
      url,
      quick
        ? { seconds: 5, warmUp: 0.5, sampleEvery: 0.5, undecodableS: 3 }
        : { seconds: 600, warmUp: 60, sampleEvery: 30, undecodableS: 10 },
    ),
  // An hour, as it passes.
  watching: (url, quick) =>
    watching(
      url,
      quick
        ? { seconds: 8, replaySeconds: 6, warmUp: 0.5, sampleEvery: 0.5, speed: 2 }
        : { seconds: 3600, replaySeconds: 450, warmUp: 120, sampleEvery: 60, speed: 8 },
    ),
};

const { quick, only, against } = arguments_();
await buildPackage();
ensureBrowsers();
await buildPage(CONFIG);
const { url, close } = await servePage(0, CONFIG);
for (const name of only) {
  for await (const metric of await PARTS[name](url, quick, against)) console.log(JSON.stringify(metric));
}
await close();

function arguments_() {
  const options = {
    quick: { type: 'boolean', default: false },
    only: { type: 'string', multiple: true },
    against: { type: 'string' },
  };
  const names = Object.keys(PARTS);
  let values;
  try {
    ({ values } = parseArgs({ options }));
  } catch (error) {
    fail(error.message);
  }
  const unknown = values.only?.filter((name) => !names.includes(name)) ?? [];
  if (unknown.length) fail(`--only ${unknown.join(', ')}: there is no such benchmark; there are ${names.join(', ')}`);
  const { quick, against } = values;
  if (against && !existsSync(join(against, 'index.js')))
    fail(`--against ${against}: it must be the folder pkg/ of another build, with an index.js in it`);
  return { quick, against, only: names.filter((name) => !values.only || values.only.includes(name)) };
}

function fail(text) {
  console.error(`bench: ${text}`);
  process.exit(2);
}
