// The pages of the site: which documents they are made of, where they lie, in which section and order they are listed.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, posix } from 'node:path';

/** The document that is the site's first page. */
export const START = 'README.md';

/** Sections of the navigation. A folder's documents have the order of the links in its contents. */
const SECTIONS = [
  { title: 'Guide', contents: 'docs/guide/README.md' },
  {
    title: 'Reference',
    documents: [
      'docs/options.md',
      'docs/api/README.md',
      'docs/api/trackreel.md',
      ...documentsIn('docs/api/trackreel'),
      'docs/openh264.md',
      'docs/aac.md',
    ],
  },
  {
    title: 'What to expect',
    documents: ['docs/guarantees.md', 'docs/quality.md', 'docs/costs.md', 'docs/engines.md'],
  },
  { title: 'Architecture', contents: 'ARCHITECTURE.md', folder: 'docs/architecture' },
  { title: 'Decisions', contents: 'docs/decisions/README.md' },
  { title: 'Project', documents: ['CHANGELOG.md', 'CONTRIBUTING.md', 'docs/commands.md', 'SECURITY.md'] },
];

/** Names in the navigation that are not the document's heading. */
const NAMES = {
  [START]: 'Start',
  'docs/guide/README.md': 'All topics and calls',
  'docs/api/README.md': 'API: all modules',
  'ARCHITECTURE.md': 'Overview',
  'docs/decisions/README.md': 'All decisions',
};

/** Names of pages whose heading is not clear without its folder. */
const TITLES = { 'docs/api/README.md': 'API reference' };

/**
 * The sections with their pages, in the navigation's order. A page has the path of its document (`source`), its own (`path`), its
 * names, and what a list has about it. A document of `docs/` that no section lists is an error, so that none is missing.
 */
export function sections() {
  const all = [{ title: undefined, documents: [START] }, ...SECTIONS].map(({ title, documents, contents, folder }) => ({
    title,
    pages: documents?.map((source) => pageOf(source)) ?? listed(contents, folder ?? dirname(contents)),
  }));
  const sources = all.flatMap(({ pages }) => pages.map(({ source }) => source));
  const missing = allDocuments().filter((source) => !sources.includes(source));
  if (missing.length > 0) throw new Error(`no section of scripts/site/pages.mjs lists ${missing.join(', ')}`);
  return all;
}

/** The page's path of a document: `docs/guide/README.md` is `guide/index.html`. */
export function pathOf(source) {
  return `${stemOf(source)}.html`;
}

/** Where a document lies beside its page, for readers of Markdown. */
export function markdownPathOf(source) {
  return `${stemOf(source)}.md`;
}

function stemOf(source) {
  if (source === 'ARCHITECTURE.md') return 'architecture/index';
  const stem = source.replace(/^docs\//, '').replace(/\.md$/, '');
  if (posix.basename(stem) === 'README') return posix.join(posix.dirname(stem), 'index');
  return stem.includes('/') ? stem : stem.toLowerCase();
}

function pageOf(source, about) {
  const text = readFileSync(source, 'utf8');
  const heading = /^# (.*)$/m.exec(text)?.[1].replaceAll('`', '');
  if (!heading) throw new Error(`${source} has no heading`);
  const title = TITLES[source] ?? heading;
  return { source, path: pathOf(source), text, title, name: NAMES[source] ?? title, about };
}

/** A contents page and the documents of a folder, in the order of the first link to each, with what the list has about them. */
function listed(contents, folder) {
  const text = readFileSync(contents, 'utf8');
  const about = new Map([[contents, undefined]]);
  for (const [, to, words] of text.matchAll(/\]\(([^)#]+\.md)\)(?:: (.*(?:\n {2}.*)*))?/g)) {
    const source = posix.join(dirname(contents), to);
    if (dirname(source) === folder && !about.has(source)) about.set(source, words?.replaceAll(/\n */g, ' '));
  }
  return [...about].map(([source, words]) => pageOf(source, words));
}

function documentsIn(folder) {
  const names = readdirSync(folder).filter((name) => name.endsWith('.md'));
  return names.sort().map((name) => `${folder}/${name}`);
}

/** Every document that the site has to have. */
function allDocuments() {
  const inDocs = readdirSync('docs', { recursive: true }).map((name) => `docs/${name.replaceAll('\\', '/')}`);
  return [START, 'ARCHITECTURE.md', 'CHANGELOG.md', 'CONTRIBUTING.md', 'SECURITY.md', ...inDocs].filter((name) =>
    name.endsWith('.md'),
  );
}
