// Where links of documents lead to on the site.
import { existsSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { relative } from './layout.mjs';

/** Files of the repository that are on the site as they are, with the names that browsers show as text. */
const TEXTS = {
  'LICENSE-APACHE': 'LICENSE-APACHE.txt',
  'LICENSE-MIT': 'LICENSE-MIT.txt',
  'THIRD-PARTY-NOTICES': 'THIRD-PARTY-NOTICES.txt',
};

/**
 * The target of a link or an image of a document: another page, a file that is copied, an address elsewhere. Other files of the
 * repository are at its address. Nothing is returned if that is not set.
 *
 * @param address - as the document has it
 * @param context - `source`: the document. `at`: the path of the file that gets the link. `sources`: the documents that are pages, and
 *   `pathOfPage` gives the path of each. `repository`: its address. `files` gets the files to copy
 */
export function targetOf(address, { source, at, sources, pathOfPage, repository, files }) {
  if (/^[a-z]+:/.test(address)) return { address };
  const [path, anchor] = address.split('#');
  const ending = anchor === undefined ? '' : `#${anchor}`;
  const linked = path === '' ? source : posix.join(posix.dirname(source), path);
  const isPage = sources.has(linked);
  // Within the page's own file, the anchor is enough.
  if (isPage && path === '' && pathOfPage(source) === at) return { address: ending };
  if (isPage) return { address: relative(at, pathOfPage(linked)) + ending };
  if (!existsSync(linked)) throw new Error(`${source} links to ${address}, which is not there`);
  const image = linked.startsWith('docs/images/') && linked.replace('docs/', '');
  const copy = image || TEXTS[linked];
  if (copy) {
    files.set(copy, { from: linked });
    return { address: relative(at, copy), ...(image && sizeOfPng(linked)) };
  }
  return repository && { address: `${repository}/blob/HEAD/${linked}${ending}` };
}

/** The size of a picture in pixels, so that nothing moves when it is there. */
function sizeOfPng(path) {
  const header = readFileSync(path).subarray(0, 24);
  if (header.toString('latin1', 1, 4) !== 'PNG') throw new Error(`${path} is no PNG`);
  return { width: header.readUInt32BE(16), height: header.readUInt32BE(20) };
}
