import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, posix, sep } from 'node:path';
import { after, before, test } from 'node:test';
import { buildDocuments } from '../../scripts/site/documents.mjs';
import { render, retarget } from '../../scripts/site/markdown.mjs';
import { pathOf } from '../../scripts/site/pages.mjs';
import { targetOf } from '../../scripts/site/targets.mjs';
import { blocksOf, documents } from '../docs/blocks.js';

const site = mkdtempSync(join(tmpdir(), 'trackreel-site-'));
after(() => rmSync(site, { recursive: true }));

/** The demo page, which has its own build: a browser test opens it. */
const DEMO = 'demo/index.html';

const read = (path: string) => readFileSync(join(site, path), 'utf8');
const all = (text: string, pattern: RegExp) => [...text.matchAll(pattern)].map(([, found]) => found!);
const filesOf = (folder: string) =>
  readdirSync(folder, { recursive: true }).map((name) => String(name).replaceAll(sep, '/'));
const pagesOf = () => filesOf(site).filter((name) => name.endsWith('.html'));
const idsOf = (html: string) => all(html, / id="([^"]*)"/g);
/** What a browser shows of HTML without tags. */
const textOf = (html: string) =>
  html
    .replaceAll(/<[^>]*>/g, '')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&#x27;', "'")
    .replaceAll('&amp;', '&');

before(() => buildDocuments(site));

test('every document is a page, and its Markdown is beside it', () => {
  const sources = documents().filter((path) => !path.startsWith('tests/'));
  assert.ok(sources.length > 60);
  assert.equal(pagesOf().length, sources.length);
  for (const page of pagesOf()) assert.ok(existsSync(join(site, page.replace(/html$/, 'md'))), page);
});

test('every link and every anchor of a page leads somewhere', () => {
  let anchors = 0;
  const ids = new Map(pagesOf().map((page) => [page, new Set(idsOf(read(page)))]));
  for (const page of pagesOf()) {
    for (const link of all(read(page), / (?:href|src)="([^"]*)"/g)) {
      if (/^(https?|data):/.test(link)) continue;
      const [path, anchor] = link.split('#') as [string, string?];
      const to = path === '' ? page : posix.join(posix.dirname(page), path);
      if (to === DEMO) continue;
      // A folder would be a list of files where a page is opened from a disk.
      assert.match(to, /\.\w+$/, `${page}: ${link}`);
      assert.ok(existsSync(join(site, to)), `${page}: ${link}`);
      if (!anchor) continue;
      anchors += 1;
      assert.ok(ids.get(to)!.has(anchor), `${page}: ${link}`);
    }
  }
  assert.ok(anchors > 1000);
});

test('an id is on a page once', () => {
  for (const page of pagesOf()) {
    const ids = idsOf(read(page));
    assert.deepEqual([...new Set(ids)], ids, page);
  }
});

test('the navigation of each page has every page once, and marks the page itself', () => {
  const pages = pagesOf();
  for (const page of pages) {
    const navigation = /<nav id="site-pages".*?<\/nav>/s.exec(read(page))![0];
    const links = all(navigation, /href="([^"]*)"/g).map((link) => posix.join(posix.dirname(page), link));
    assert.deepEqual(links.toSorted(), [...pages, DEMO].toSorted(), page);
    const [current, ...others] = all(navigation, /href="([^"]*)" aria-current="page"/g);
    assert.equal(posix.join(posix.dirname(page), current!), page);
    assert.deepEqual(others, []);
  }
});

test('a page has one heading of the first level, a title, a description and a language', () => {
  const titles = new Set<string>();
  for (const page of pagesOf()) {
    const html = read(page);
    assert.equal(all(html, /<(h1)[ >]/g).length, 1, page);
    assert.match(html, /^<!doctype html>\n<html lang="en">/, page);
    assert.ok(/<meta name="description" content="([^"]*)">/.exec(html)![1]!.length >= 10, page);
    titles.add(/<title>(.*)<\/title>/.exec(html)![1]!);
  }
  assert.equal(titles.size, pagesOf().length);
});

test('a page loads nothing from another host, and runs no script', () => {
  for (const page of pagesOf()) {
    const html = read(page);
    assert.doesNotMatch(html, /<script|<iframe| style="| on\w+="/, page);
    const loaded = [...all(html, /<link rel="(?:icon|stylesheet)" href="([^"]*)"/g), ...all(html, / src="([^"]*)"/g)];
    assert.ok(loaded.length >= 2);
    for (const address of loaded) assert.doesNotMatch(address, /^(\w+:)?\/\//, page);
  }
  assert.doesNotMatch(read('site.css'), /@import|url\(|@font-face/);
});

test('a page has each listing of its document, whole', () => {
  let listings = 0;
  for (const source of documents().filter((path) => /^docs\/(guide|api)\//.test(path))) {
    const page = source.replace('docs/', '').replace('README', 'index').replace(/md$/, 'html');
    const shown = all(read(page), /<pre[^>]*>(.*?)<\/pre>/gs).map(textOf);
    for (const { code, at } of blocksOf(source)) {
      listings += 1;
      assert.ok(shown.includes(code), at);
    }
  }
  assert.ok(listings > 200);
});

test('every link of the Markdown leads to Markdown, or to a file that is there', () => {
  const texts = filesOf(site).filter((name) => /\.md$|^llms/.test(name));
  assert.ok(texts.length > 60);
  for (const path of texts) {
    const text = read(path).replaceAll(/```.*?```|`[^`\n]*`/gs, '');
    assert.doesNotMatch(text, /<!--/, path);
    for (const link of all(text, /\]\(([^)#]+)(?:#[^)]*)?\)/g)) {
      if (/^https?:/.test(link)) continue;
      assert.doesNotMatch(link, /html$/, path);
      assert.ok(existsSync(join(site, posix.dirname(path), link)), `${path}: ${link}`);
    }
  }
});

// https://llmstxt.org: a heading, a quote, and lists of links below headings.
test('llms.txt lists the Markdown of every page, and llms-full.txt has the guide', () => {
  const { version, description } = JSON.parse(readFileSync('package.json', 'utf8')) as Record<string, string>;
  assert.ok(version && description);
  const text = read('llms.txt');
  assert.ok(text.startsWith(`# trackreel\n\n> ${description}.\n\n`));
  const [, ...parts] = text.split(/^## /m);
  assert.deepEqual(
    parts.map((part) => part.split('\n')[0]),
    ['Start', 'Guide', 'Reference', 'What to expect', 'Optional'],
  );
  const lines = parts.flatMap((part) => part.trim().split('\n').slice(2));
  for (const line of lines) assert.match(line, /^- \[[^\]]+\]\([\w/-]+\.md\): \S/);
  const listed = lines.map((line) => /\((.*?)\)/.exec(line)![1]!);
  const expected = pagesOf().map((page) => page.replace(/html$/, 'md'));
  assert.deepEqual(listed.toSorted(), expected.toSorted());

  const full = read('llms-full.txt');
  for (const source of documents().filter((path) => path.startsWith('docs/guide/'))) {
    const [heading] = readFileSync(source, 'utf8').split('\n');
    assert.ok(full.split('\n').includes(heading!), source);
    for (const { code, at } of blocksOf(source)) assert.ok(full.includes(code.split('\n')[0]!), at);
  }
});

test('a link to another file of the repository leads to the repository, or is code where that has no address', () => {
  const targets = (repository?: string) => (address: string) =>
    targetOf(address, {
      source: 'docs/guide/react.md',
      at: 'guide/react.html',
      sources: new Set(['docs/guide/react.md']),
      pathOfPage: pathOf,
      repository,
      files: new Map(),
    });
  const text = 'A [`file`](../../scripts/site.mjs#run) and [itself](react.md), [a heading](#one).';
  const rest = 'and <a href="react.html">itself</a>, <a href="#one">a heading</a>.</p>\n';
  assert.equal(render(text, targets()).body, `<p>A <code>file</code> ${rest}`);
  const linked = render(text, targets('https://example.org/trackreel')).body;
  const address = 'https://example.org/trackreel/blob/HEAD/scripts/site.mjs#run';
  assert.equal(linked, `<p>A <a href="${address}"><code>file</code></a> ${rest}`);
  assert.equal(retarget(text, targets()), 'A `file` and [itself](react.html), [a heading](#one).');
  assert.throws(() => targets()('no-such-file.md'), /no-such-file\.md, which is not there/);
});

test('links in listings and comments are not changed in the Markdown, and comments are not in it', () => {
  const text = '[a `[b](c)` d](e) `[f](g)` [`h`](i)\n\n<!-- docs: [j](k) -->\n\n```ts\nl[0](m); // [n](o)\n```\n';
  const changed = retarget(text, (address: string) => ({ address: address.toUpperCase() }));
  assert.equal(changed, '[a `[b](c)` d](E) `[f](g)` [`h`](I)\n\n```ts\nl[0](m); // [n](o)\n```\n');
});

test('a column without a heading has the headings of the rows', () => {
  const table = '|   | b |\n| - | - |\n| c | d |\n\n| e | f |\n| - | - |\n| g | h |\n';
  const cells = all(render(table, () => undefined).body, /(<t[hd].*?>.?)</g);
  assert.deepEqual(cells, ['<td>', '<th>b', '<th scope="row">c', '<td>d', '<th>e', '<th>f', '<td>g', '<td>h']);
});

test('the cells of a table of the API have the names of their columns, for a phone', () => {
  const { body } = render('| Parameter | Default value |\n| - | - |\n| `a` | 1 |\n', () => undefined);
  assert.match(body, /^<div class="table members".*<table role="table">/);
  assert.match(
    body,
    /<tr role="row">\n<td role="cell"><code>a<\/code><\/td>\n<td role="cell" data-column="Default value">1</,
  );
});

test('HTML that a page does not take is an error', () => {
  assert.throws(() => render('# A\n\n<script>1</script>\n', () => undefined), /HTML that its page does not take/);
});
