// npm start: sets up, builds, and serves the demo page. `--no-install` names what is missing instead.
import { buildPackage } from './build.mjs';
import { buildPage, servePage } from './page.mjs';
import { canHaveClang, checkInstalled } from './setup.mjs';
import { printSizes } from './sizes.mjs';

const needsNoClang = ['--without-openh264', '--without-aac'].every((flag) => process.argv.includes(flag));
checkInstalled(needsNoClang ? ['toolchain'] : ['toolchain', 'clang']);
if (needsNoClang || canHaveClang()) await buildPackage();
else {
  console.error('build: without OpenH264 and AAC, since clang 22 is missing and can not be installed here');
  await buildPackage({ withAac: false, withOpenH264: false });
}
await buildPage();
await printSizes();
const { url } = await servePage(Number(process.env.PORT) || 4173);
console.log(`trackreel's page is at ${url} (Ctrl-C ends it)`);
