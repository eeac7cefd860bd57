import { readdirSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';

/** A block of code in the documentation. */
export interface Block {
  /** Where it is, as `docs/guide/react.md:12`. */
  at: string;
  /** What its module is called, as `react-12`. */
  name: string;
  language: string;
  code: string;
  /** Notes in a comment above it, by their first word: `needs stream, recorder; downloads`. */
  notes: Map<Note, string[]>;
}

/**
 * - `needs`: what it takes from its surroundings, by name;
 * - `with`: what else has to be there;
 * - `renders`: the component of React's that it exports, which is shown with a stream;
 * - `then`: what happens to the page afterwards: `call`, `dial …` by another library's client, `record …` through one, `send …`, `fail`,
 *   `receive …`, `click …`, `stop`, and `…` for a while that passes;
 * - `downloads`, `downloads 2`, `writes`: it leaves files that play, as downloads or where the user chose;
 * - `sends`: it sends a file that plays to the server;
 * - `uploads`: it sends a file with its index in front to a storage of parts;
 * - `tus`: it sends a file that plays to a server that speaks tus;
 * - `shows`: what can be read in the page at the end, as a regular expression.
 */
export type Note = (typeof NOTES)[number];

const NOTES = ['needs', 'with', 'renders', 'then', 'downloads', 'writes', 'sends', 'uploads', 'tus', 'shows'] as const;

/** A fence, its content, and the comment above, if there is one. Blocks in lists are indented. */
const FENCE = /(?:<!-- docs: ([^>]*) -->\n\n?)?^( *)```(\w+)\n(.*?)^ *```$/gms;

/** Where time passes in a listing. */
const LATER = /^( *)\/\/ …/gm;

/** Every page with listings. */
export function pages(): string[] {
  return ['README.md', ...pagesIn('docs'), ...pagesIn('docs/guide')];
}

/** Every page of the documentation. */
export function documents(): string[] {
  const others = ['ARCHITECTURE.md', 'CHANGELOG.md', 'CONTRIBUTING.md', 'SECURITY.md', 'tests/senders/README.md'];
  const folders = ['docs/architecture', 'docs/decisions', 'docs/api', 'docs/api/trackreel'];
  return [...pages(), ...others, ...folders.flatMap(pagesIn)];
}

function pagesIn(folder: string): string[] {
  const names = readdirSync(folder).filter((name) => name.endsWith('.md'));
  return names.map((name) => `${folder}/${name}`);
}

/**
 * What links into a page may end with: the words of a heading in small letters with dashes between them, with a number if it is not
 * the first such, and what is marked.
 */
export function anchorsOf(text: string): string[] {
  const counts = new Map<string, number>();
  const headings = [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading]) => {
    const words = heading!
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-');
    const before = counts.get(words) ?? 0;
    counts.set(words, before + 1);
    return before === 0 ? words : `${words}-${before}`;
  });
  return [...headings, ...[...text.matchAll(/<a id="([^"]+)"/g)].map(([, id]) => id!)];
}

/** The blocks of a page, from the top. */
export function blocksOf(page: string): Block[] {
  const text = readFileSync(page, 'utf8');
  return [...text.matchAll(FENCE)].map(({ index, 0: whole, 1: notes = '', 2: indent, 3: language, 4: code }) => {
    const line = text.slice(0, index + whole.indexOf('```')).split('\n').length;
    return {
      at: `${page}:${line}`,
      name: `${basename(page, '.md')}-${line}`,
      language: language!,
      code: code!.replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
      notes: notesOf(notes),
    };
  });
}

function notesOf(text: string): Block['notes'] {
  const notes = text.split(';').map((note) => note.trim());
  return new Map(
    notes.filter(Boolean).map((note) => {
      const [verb, ...rest] = note.split(' ');
      if (!NOTES.includes(verb as Note)) throw new Error(`no note of a listing begins as “${note}”`);
      const things = verb === 'shows' ? [rest.join(' ')] : rest.join(' ').split(',');
      return [verb as Note, things.map((thing) => thing.trim()).filter(Boolean)];
    }),
  );
}

/** A block as a module, which imports what it needs from its surroundings; of a page its script. */
export function moduleOf({ language, code, notes }: Block): string {
  const script = language === 'html' ? (/<script type="module">(.*?)<\/script>/s.exec(code)?.[1] ?? '') : code;
  const names = [...(notes.get('needs') ?? [])];
  const timed = script.replace(LATER, '$1await later(); //');
  if (timed !== script) names.push('later');
  const [component] = notes.get('renders') ?? [];
  const shown = component ? `import { show } from '../../tests/docs/show.js';\nshow(${component});\n` : '';
  return `import { ${names.join(', ')} } from 'surroundings';\n${timed}\n${shown}export {};\n`;
}

/** What of a block is no script. */
export function markupOf({ language, code }: Block): string {
  return language === 'html' ? code.replaceAll(/<script.*?<\/script>/gs, '') : '';
}
