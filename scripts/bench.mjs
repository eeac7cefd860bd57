// npm run bench: sets up, builds, measures, and prints a line of JSON a figure. `npm run bench -- --quick` only shows that it works.
import { parseArgs } from 'node:util';
import { capture } from '../bench/capture.mjs';
import { exporting } from '../bench/export.mjs';
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

const fps = 30;
const hd = { name: '720p', codec: 'VP8', width: 1280, height: 720, fps };
const fullHd = { name: '1080p', codec: 'H264', width: 1920, height: 1080, fps };

print(await sizeFigures());
print(await capture(url, hd, quick ? { rounds: 1, seconds: 3 } : { rounds: 6, seconds: 6 }));
if (!quick) print(await capture(url, fullHd, { rounds: 5, seconds: 6 }));
print(await exporting(url, hd, quick ? { seconds: 5, times: 3 } : { seconds: 20, times: 9 }));
await close();
