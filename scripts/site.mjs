// npm run site: the documents and the demo page as a static site in target/site, for any folder of any host.
import { cp, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildPackage } from './build.mjs';
import { buildPage } from './page.mjs';
import { checkInstalled } from './setup.mjs';

export const SITE = 'target/site';

/** Builds the site from the documents and the built package. Returns how many pages it has, with the demo page. */
export async function buildSite() {
  const { buildDocuments, demoPath } = await import('./site/documents.mjs');
  const pages = await buildDocuments(SITE);
  await buildPage();
  const demo = join(SITE, dirname(demoPath));
  await cp('dist', demo, { recursive: true });
  const page = join(SITE, demoPath);
  await writeFile(page, withWayBack(await readFile(page, 'utf8')));
  return pages.length + 1;
}

/** The demo page with a link to the documents, which are beside it on the site alone. */
function withWayBack(html) {
  const link = '<a class="documents" href="../index.html">Documents</a>';
  const changed = html.replace('</header>', `${link}</header>`);
  if (changed === html) throw new Error('the demo page has no header');
  return changed;
}

async function sizeOf(folder) {
  const names = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = names.filter((entry) => entry.isFile());
  const sizes = await Promise.all(files.map(async ({ parentPath, name }) => (await stat(join(parentPath, name))).size));
  return sizes.reduce((sum, size) => sum + size, 0);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  checkInstalled(['toolchain', 'clang']);
  await buildPackage();
  const began = performance.now();
  const pages = await buildSite();
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  console.log(`${SITE}: ${pages} pages, ${Math.round((await sizeOf(SITE)) / 1000)} kB, in ${seconds} s`);
}
