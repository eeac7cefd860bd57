// npm start: sets up, builds, and serves the demo page.
import { buildPackage } from './build.mjs';
import { buildPage, servePage } from './page.mjs';
import { printSizes } from './sizes.mjs';

await buildPackage();
await buildPage();
await printSizes();
const { url } = await servePage(Number(process.env.PORT) || 4173);
console.log(`trackreel's page is at ${url} (Ctrl-C ends it)`);
