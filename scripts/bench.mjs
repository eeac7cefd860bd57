// npm run bench: sets up, builds, measures, and prints a line of JSON a figure. `npm run bench -- --quick` only shows that it works.
import { parseArgs } from 'node:util';
import { capture } from '../bench/capture.mjs';
import { exporting } from '../bench/export.mjs';
import { looking } from '../bench/freeze.mjs';
import { sizeFigures } from '../bench/size.mjs';
import { buildPackage } from './build.mjs';
import { buildPage, servePage } from './page.mjs';
import { ensureBrowsers } from './setup.mjs';

const { quick } = parseArgs({ options: { quick: { type: 'boolean', default: false } } }).values;
const CONFIG = 'bench/page/vite.config.js';

await buildPackage();
ensureBrowsers();
await buildPage(CONFIG);
const { url, close } = await servePage(0, CONFIG);

function print(figures) {
  for (const { name, value, unit, against } of figures) console.log(JSON.stringify({ name, value, unit, against }));
}

// Of the connection's codecs H.264 costs the least to send and to receive, so that recording is not lost in it; and VP8
// or VP9 at 1080p, sent and received on two cores, leaves no room for 30 frames per second.
const received = { codec: 'H264', fps: 30 };
const hd = { ...received, name: '720p', width: 1280, height: 720 };
const fullHd = { ...received, name: '1080p', width: 1920, height: 1080 };

print(await sizeFigures());
print(await capture(url, hd, quick ? { rounds: 1, seconds: 3 } : { rounds: 8, seconds: 4 }));
if (!quick) print(await capture(url, fullHd, { rounds: 6, seconds: 4 }));
print(await looking({ rounds: quick ? 1 : 9 }));
print(await exporting(url, hd, quick ? { seconds: 5, times: 3 } : { seconds: 20, times: 9 }));
await close();
