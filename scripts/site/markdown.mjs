// From a document's Markdown to the inside of its page.
import hljs from 'highlight.js/lib/core';
import bash from 'highlight.js/lib/languages/bash';
import typescript from 'highlight.js/lib/languages/typescript';
import xml from 'highlight.js/lib/languages/xml';
import MarkdownIt from 'markdown-it';

for (const [name, language] of Object.entries({ bash, typescript, xml })) hljs.registerLanguage(name, language);

/** The grammar of each language that fences name. */
const GRAMMARS = {
  ts: 'typescript',
  tsx: 'typescript',
  js: 'typescript',
  json: 'typescript',
  html: 'xml',
  sh: 'bash',
};

const md = new MarkdownIt({ html: true, linkify: true });
// `README.md` is no address.
md.linkify.set({ fuzzyLink: false, fuzzyEmail: false });

/** What the first column of a table of the API is called. On a phone each row of it is a paragraph. */
const MEMBERS = ['Parameter', 'Property'];

/** Columns of it that need no name in such a paragraph. */
const CLEAR = [...MEMBERS, 'Type', 'Description'];

/** Roles that a table keeps where it is shown as paragraphs. */
const ROLES = { table: 'table', thead: 'rowgroup', tbody: 'rowgroup', tr: 'row', th: 'columnheader', td: 'cell' };

// Tables and listings scroll in their own box, also by keys.
md.renderer.rules.table_open = (tokens, at, options, env, self) => {
  const kind = tokens[at].meta === 'members' ? ' members' : '';
  return `<div class="table${kind}" tabindex="0" role="group" aria-label="Table"><table${self.renderAttrs(tokens[at])}>\n`;
};
md.renderer.rules.table_close = () => '</table></div>\n';
md.renderer.rules.fence = (tokens, at) => {
  const { content, info } = tokens[at];
  return `<pre tabindex="0"><code>${highlight(content, info.trim())}</code></pre>\n`;
};
md.renderer.rules.code_block = (tokens, at) => `<pre tabindex="0"><code>${escape(tokens[at].content)}</code></pre>\n`;

/**
 * Renders a document.
 *
 * @param text - its Markdown
 * @param targetOf - gives the target of a link or an image: its address, with the size of an image; or nothing if there is none
 * @returns `heading` and `body` as HTML, `headings` for a contents list, and the first paragraph as plain text
 */
export function render(text, targetOf) {
  const tokens = md.parse(text, {});
  const slugs = new Slugs();
  const headings = [];
  for (const token of tokens) {
    if (token.type === 'html_block') token.content = checked(token.content);
    if (token.type === 'inline') token.children = token.children.map(withTargets(targetOf));
  }
  nameRows(tokens);
  nameMembers(tokens);
  for (const [at, token] of tokens.entries()) {
    if (token.type !== 'heading_open') continue;
    const inline = tokens[at + 1];
    const name = plainText(inline);
    const id = slugs.next(name);
    const level = Number(token.tag.slice(1));
    token.attrSet('id', id);
    if (level > 1) {
      headings.push({ level, id, name });
      inline.children.push(anchor(id));
    }
  }
  const from = tokens.findIndex(({ type }) => type === 'heading_close') + 1;
  const first = tokens.findIndex(({ type, level }) => type === 'paragraph_open' && level === 0);
  return {
    heading: md.renderer.render(tokens.slice(0, from), md.options, {}),
    body: md.renderer.render(tokens.slice(from), md.options, {}),
    headings,
    summary: first < 0 ? '' : plainText(tokens[first + 1]).replaceAll(/\s+/g, ' '),
  };
}

/**
 * The same document as Markdown, with other targets: each link and image outside of listings has the address that `targetOf` gives, or
 * its text alone if there is none. Comments are for the tests, and are not in it.
 */
export function retarget(text, targetOf) {
  const code = [];
  const hidden = text.replaceAll(
    /^ *```[^]*?^ *```$|(`+)(?!`)[^]*?[^`]\1(?!`)/gm,
    (part) => `\0${code.push(part) - 1}\0`,
  );
  return hidden
    .replaceAll(/<!--[^]*?-->\n*/g, '')
    .replaceAll(/(!?)\[((?:[^[\]]|\[[^[\]]*\])*)\]\(([^()\s]+)\)/g, (_, image, name, address) => {
      const target = targetOf(address);
      return target ? `${image}[${name}](${target.address})` : name;
    })
    .replaceAll(/\0(\d+)\0/g, (_, at) => code[at]);
}

/** The ids of headings, as GitHub makes them: small letters, dashes between words, and a number if it is not the first such. */
class Slugs {
  #slugs = new Map();

  next(name) {
    const slug = name
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-');
    const before = this.#slugs.get(slug) ?? 0;
    this.#slugs.set(slug, before + 1);
    return before === 0 ? slug : `${slug}-${before}`;
  }
}

/** Gives each link and image of a text its target. A link without one becomes code: it names a file that is not on the site. */
function withTargets(targetOf) {
  let dropped = 0;
  return (token) => {
    if (token.type === 'html_inline') token.content = checked(token.content);
    if (token.type === 'image') {
      const target = targetOf(token.attrGet('src'));
      if (!target) throw new Error(`there is no image ${token.attrGet('src')}`);
      token.attrSet('src', target.address);
      for (const side of ['width', 'height']) if (target[side]) token.attrSet(side, String(target[side]));
    }
    if (token.type === 'link_open') {
      const target = targetOf(token.attrGet('href'));
      if (target) token.attrSet('href', target.address);
      else {
        dropped += 1;
        return html('<code>');
      }
    }
    if (token.type === 'link_close' && dropped > 0) {
      dropped -= 1;
      return html('</code>');
    }
    // Code is marked already.
    if (dropped > 0 && token.type === 'code_inline') token.type = 'text';
    return token;
  };
}

/** Where a table's first column has no heading, its cells are the headings of the rows. */
function nameRows(tokens) {
  const isEmpty = (at) => tokens[at + 1].content === '';
  let isNamed = false;
  for (const [at, token] of tokens.entries()) {
    const isFirst = tokens[at - 1]?.type === 'tr_open';
    if (token.type === 'th_open') {
      if (isFirst) isNamed = isEmpty(at);
      if (isEmpty(at)) token.tag = tokens[at + 2].tag = 'td';
    }
    if (token.type === 'td_open' && isFirst && isNamed) {
      token.tag = tokens[at + 2].tag = 'th';
      token.attrSet('scope', 'row');
    }
  }
}

/** Marks the tables of the API, and names their cells by their columns. */
function nameMembers(tokens) {
  let columns = [];
  let column = 0;
  for (const [at, { type, tag }] of tokens.entries()) {
    if (type === 'table_open') {
      const end = tokens.findIndex(({ type }, i) => i > at && type === 'thead_close');
      columns = tokens.slice(at, end).flatMap(({ type }, i) => (type === 'th_open' ? tokens[at + i + 1].content : []));
      if (MEMBERS.includes(columns[0])) tokens[at].meta = 'members';
    }
    if (!MEMBERS.includes(columns[0])) continue;
    if (type.endsWith('_open') && ROLES[tag]) tokens[at].attrSet('role', ROLES[tag]);
    if (type === 'tr_open') column = 0;
    if (type === 'td_open') {
      const name = columns[column++];
      if (!CLEAR.includes(name)) tokens[at].attrSet('data-column', name);
    }
    if (type === 'table_close') columns = [];
  }
}

/** HTML in a document: comments and anchors, and nothing else. Comments are not in the page. */
function checked(text) {
  const rest = text.replaceAll(/<!--[^]*?-->\s*/g, '');
  if (/^(?:<a id="[\w-]+">|<\/a>|<br ?\/?>)?\s*$/.test(rest)) return rest;
  throw new Error(`a document has HTML that its page does not take: ${rest}`);
}

function html(content) {
  return { type: 'html_inline', content };
}

/** The link to a heading, for a pointer. A reader of the screen has the list of headings. */
function anchor(id) {
  return html(` <a class="anchor" href="#${id}" aria-hidden="true" tabindex="-1">#</a>`);
}

function plainText({ children }) {
  const texts = children.map(({ type, content }) => {
    if (type === 'softbreak' || type === 'hardbreak') return ' ';
    return ['text', 'code_inline'].includes(type) ? content : '';
  });
  return texts.join('');
}

function highlight(code, language) {
  if (!language) return escape(code);
  const grammar = GRAMMARS[language];
  if (!grammar) throw new Error(`scripts/site/markdown.mjs has no grammar for listings in ${language}`);
  return hljs.highlight(code, { language: grammar }).value;
}

/** Text as HTML. */
export function escape(text) {
  return md.utils.escapeHtml(text);
}
