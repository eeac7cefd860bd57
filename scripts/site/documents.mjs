// The documents as a site: a page of HTML and one of Markdown for each, the images, and lists for programs.
import { copyFile, mkdir, rm, writeFile } from 'node:fs/promises';
import { readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { DEMO, layout } from './layout.mjs';
import { llmsFullTxt, llmsTxt } from './llms.mjs';
import { render, retarget } from './markdown.mjs';
import { markdownPathOf, pathOf, sections } from './pages.mjs';
import { targetOf } from './targets.mjs';

/** The styles: the demo page's colours, and the rules for documents. */
const STYLES = ['www/style/colours.css', 'scripts/site/site.css'];

/** The longest description, in characters. Search engines cut longer ones. */
const DESCRIPTION = 160;

/**
 * Writes the site into a folder, all but the demo page. Returns the paths of the pages.
 *
 * @param out - the folder; its content is replaced
 * @param repository - the address of the repository, for links to its files; that of `package.json` by default, without one they are code
 */
export async function buildDocuments(out, { repository = repositoryOf(packageJson()) } = {}) {
  const { name, version, description } = packageJson();
  const files = new Map();
  const site = { name, version, description, sections: sections() };
  const pages = site.sections.flatMap(({ title, pages }) =>
    pages.map((page) => Object.assign(page, { sectionTitle: title })),
  );
  const sources = new Set(pages.map(({ source }) => source));
  const targetsFrom = (source, at, pathOfPage) => (address) =>
    targetOf(address, { source, at, sources, pathOfPage, repository, files });
  for (const page of pages) {
    page.markdownPath = markdownPathOf(page.source);
    const { summary, ...rendered } = render(page.text, targetsFrom(page.source, page.path, pathOf));
    Object.assign(page, rendered, { description: described(page, summary) });
  }
  const markdownOf = (page, at = page.markdownPath) =>
    retarget(page.text, targetsFrom(page.source, at, markdownPathOf)).replaceAll(/\n{3,}/g, '\n\n');
  for (const page of pages) {
    files.set(page.path, layout(site, page));
    files.set(page.markdownPath, markdownOf(page));
  }
  files.set('llms.txt', llmsTxt(site));
  files.set('llms-full.txt', llmsFullTxt(site, markdownOf));
  files.set('site.css', STYLES.map((path) => readFileSync(path, 'utf8')).join('\n'));
  await rm(out, { recursive: true, force: true });
  for (const [path, content] of files) {
    await mkdir(join(out, posix.dirname(path)), { recursive: true });
    if (typeof content === 'string') await writeFile(join(out, path), content);
    else await copyFile(content.from, join(out, path));
  }
  return pages.map(({ path }) => path);
}

/** Where the demo page goes, which has its own build. */
export const demoPath = DEMO;

/** What a page is about: the words of the list of its section, or the first sentences of its text that fit. */
function described({ about, title }, summary) {
  if (about)
    return about[0] === '`' ? about.replaceAll('`', '') : about[0].toUpperCase() + about.slice(1).replaceAll('`', '');
  const [first, ...more] = (summary || title).replace(/^(?:Purpose|Context)\. /, '').split(/(?<=[.?!])\s+/);
  let text = first.replace(/:$/, '.');
  for (const sentence of more) {
    if (text.length + sentence.length >= DESCRIPTION) break;
    text += ` ${sentence.replace(/:$/, '.')}`;
  }
  return text.length <= DESCRIPTION ? text : `${text.slice(0, DESCRIPTION).replace(/\s+\S*$/, '')}…`;
}

function packageJson() {
  return JSON.parse(readFileSync('package.json', 'utf8'));
}

/** The address of a package's repository, for a browser. */
function repositoryOf({ repository }) {
  const url = typeof repository === 'string' ? repository : repository?.url;
  return url?.replace(/^git\+/, '').replace(/\.git$/, '');
}
