// The frame of a document's page: the head, the navigation, the way to the next page.
import { posix } from 'node:path';
import { escape } from './markdown.mjs';

/** Where the demo page is on the site. */
export const DEMO = 'demo/index.html';

/** The same as the demo page's. */
const ICON =
  "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 32 32'%3E%3Ccircle cx='16' cy='16' r='15' fill='%231c2545'/%3E%3Ccircle cx='16' cy='16' r='7' fill='%23e5484d'/%3E%3C/svg%3E";

const MARK =
  '<svg class="mark" viewBox="0 0 32 32" aria-hidden="true"><circle cx="16" cy="16" r="15" fill="currentColor" /><circle cx="16" cy="16" r="7" class="dot" /></svg>';

/** Pages whose contents list also has the names below its sections. */
const DEEP = /^api\/trackreel/;

/**
 * A whole page. The ids that are no heading's begin with `site-`.
 *
 * @param site - its `name`, its `version`, and the `sections` with all pages
 * @param page - the page, rendered
 */
export function layout(site, page) {
  const to = (path) => relative(page.path, path);
  const isStart = page.path === 'index.html';
  const title = isStart
    ? `${site.name}: ${site.description[0].toLowerCase()}${site.description.slice(1)}`
    : `${page.title} · ${page.sectionTitle} · ${site.name}`;
  const contents = contentsOf(page);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="theme-color" content="#f7f5f1" media="(prefers-color-scheme: light)">
<meta name="theme-color" content="#11141c" media="(prefers-color-scheme: dark)">
<meta name="description" content="${escape(page.description)}">
<title>${escape(title)}</title>
<link rel="icon" href="${ICON}">
<link rel="stylesheet" href="${to('site.css')}">
<link rel="alternate" type="text/markdown" href="${to(page.markdownPath)}">
</head>
<body>
<a class="skip" href="#site-content">Skip to content</a>
<header>
<a class="brand" href="${to('index.html')}">${MARK}${site.name}</a>
<p class="version">${site.version}</p>
<p class="ways"><a href="${to('guide/index.html')}">Guide</a> <a href="${to('api/index.html')}">API</a> <a href="${to(DEMO)}">Demo</a></p>
<button class="menu" type="button" popovertarget="site-pages">Pages</button>
</header>
<div class="columns">
<nav id="site-pages" aria-label="Pages" popover>
${navigation(site.sections, page, to)}
</nav>
<main id="site-content" tabindex="-1">
${page.heading.trim()}
${contents && `<details class="contents"><summary>On this page</summary>${contents}</details>`}
<div class="text">
${page.body.trim()}
</div>
${neighbours(site.sections, page, to)}
</main>
${contents && `<nav class="contents" aria-label="On this page"><p>On this page</p>${contents}</nav>`}
</div>
<footer>
<p><a href="${to(page.markdownPath)}">This page as Markdown</a> <a href="${to('llms.txt')}">llms.txt</a></p>
<p>MIT or Apache-2.0, at your choice</p>
</footer>
</body>
</html>
`;
}

/** The address of a path from another one. Both are relative to the site's root, so that the site works in any folder. */
export function relative(from, to) {
  return posix.relative(posix.dirname(from), to);
}

function navigation(sections, current, to) {
  const item = ({ path, name }) => {
    const isCurrent = path === current.path;
    return `<li><a href="${to(path)}"${isCurrent ? ' aria-current="page"' : ''}>${escape(name)}</a></li>`;
  };
  return sections
    .map(({ title, pages }) => {
      if (!title) return `<ul>${[...pages, { path: DEMO, name: 'Demo' }].map(item).join('\n')}</ul>`;
      const isOpen = pages.some(({ path }) => path === current.path) || (title === 'Guide' && !current.sectionTitle);
      const list = `<ul>${pages.map(item).join('\n')}</ul>`;
      return `<details${isOpen ? ' open' : ''}><summary>${title}</summary>${list}</details>`;
    })
    .join('\n');
}

/** The headings of a page, as deep as it takes to have a few; none if it has fewer. */
function contentsOf({ path, headings }) {
  const depths = DEEP.test(path) ? [3] : [2, 3, 4];
  const upTo = (depth) => headings.filter(({ level }) => level <= depth);
  const listed = depths.map(upTo).find(({ length }) => length > 2);
  if (!listed) return '';
  const items = listed.map(
    ({ level, id, name }) => `<li class="level-${level}"><a href="#${id}">${escape(name)}</a></li>`,
  );
  return `<ul>${items.join('\n')}</ul>`;
}

/** Links to the pages before and after this one, within its section. The first page has the guide after it. */
function neighbours(sections, current, to) {
  const pages = sections.slice(0, 2).flatMap(({ pages }) => pages);
  const row = pages.some(({ path }) => path === current.path)
    ? pages
    : sections.find(({ pages }) => pages.some(({ path }) => path === current.path)).pages;
  const at = row.findIndex(({ path }) => path === current.path);
  const link = (page, rel, arrow) =>
    page ? `<a rel="${rel}" href="${to(page.path)}"><small>${arrow}</small> ${escape(page.name)}</a>` : '';
  const links = [link(row[at - 1], 'prev', 'Previous'), link(row[at + 1], 'next', 'Next')];
  return `<nav class="neighbours" aria-label="Previous and next page">${links.join('\n')}</nav>`;
}
