// Words and sentences that documents and doc comments avoid: CONTRIBUTING.md says why. `node scripts/words.mjs` lists them.
import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

/** What is avoided, and what to write. */
const AVOIDED = [
  [/\b(?:goes|go|going|gone) on with\b/i, 'resume, continue'],
  [/\bmade (?:again|anew)\b/i, 're-encoded, recreated'],
  [/\b(?:anew|afresh)\b/i, 'again'],
  [/\b(?:take|takes|taken|took) back\b/i, 'roll back, reclaim'],
  [/\b(?:put|puts) together\b/i, 'merge'],
  [/\blets? go\b/i, 'release'],
  [/\b(?:leave|leaves|left|leaving) out\b(?! of date)/i, 'drop, omit'],
  [/\bby way of\b/i, 'through'],
  [/\b(?:stands?|stood|standing) still\b/i, 'is static, is frozen'],
  [/\b(?:is|are|was|were|being|been) told\b/i, 'is reported'],
  [/\btells?\b/i, 'report, show, say'],
  [/\bso (?:many|much) (?!as|that)/i, 'this many, N'],
  [/\b(?:this|earlier|next|later|a) visits?\b/i, 'page load, session of the page'],
  [/\bwhat is pending\b/i, 'the open segment'],
  [/\bin the midst\b/i, 'during'],
  [/\bwhat came out\b/i, "the encoder's output"],
  [/\bglances?\b/i, 'observation'],
  [/\b(?:gives?|given|gave|giving) up\b/i, 'abort, fail'],
  [/\bbe it\b/i, 'whether'],
  [/\bmidway\b/i, 'during the recording'],
  [/\bnobody\b/i, 'name the subject'],
  [/\bfigures?\b(?!\s*>)/i, 'number, metric'],
  [/\bhave to know\b|\bdoes not know\b|\bbelieved?\b/i, 'needs, does not have, trust'],
];

/** The most words of a sentence in a document. */
const MOST_WORDS = 25;

/** The complaints about a text, each with its line number. */
export function complaintsOf(text, { sentences }) {
  const lines = text.replaceAll(/`[^`\n]*`/g, 'code').split('\n');
  const words = lines.flatMap((line, i) =>
    AVOIDED.filter(([pattern]) => pattern.test(line)).map(([pattern, better]) => ({
      line: i + 1,
      what: `'${pattern.exec(line)[0]}': ${better}`,
    })),
  );
  return sentences ? [...words, ...longSentences(lines)] : words;
}

/** Paragraphs and items, without tables and headings, cut into sentences. */
function longSentences(lines) {
  const blocks = [];
  let block;
  for (const [i, line] of lines.entries()) {
    const isProse = line.trim() !== '' && !/^\s*(?:\||#|<|!\[)/.test(line);
    if (!isProse) block = undefined;
    else if (!block || /^\s*(?:[-*]|\d+\.) /.test(line)) blocks.push((block = { line: i + 1, text: line }));
    else block.text += ` ${line.trim()}`;
  }
  return blocks.flatMap(({ line, text }) =>
    text
      .replaceAll(/\]\([^)]*\)/g, ']')
      .split(/[.?!:;](?:\*\*)?(?:\s|$)/)
      .map((sentence) => sentence.split(/\s+/).filter((word) => /\p{L}|\d/u.test(word)).length)
      .filter((count) => count > MOST_WORDS)
      .map((count) => ({ line, what: `a sentence of ${count} words: at most ${MOST_WORDS}` })),
  );
}

/** A document without its listings, line for line. */
function proseOf(markdown) {
  const blank = (text) => text.replaceAll(/[^\n]/g, '');
  return markdown
    .replaceAll(/^( *)```.*?^\1```$/gms, blank)
    .replaceAll(/<!-- engines:begin.*?engines:end -->/gs, blank);
}

/** The public doc comments of a TypeScript file, line for line: those that are not `@internal`, without their listings. */
function docsOf(typescript) {
  const blank = (text) => text.replaceAll(/[^\n]/g, '');
  let from = 0;
  let docs = '';
  for (const { index, 0: comment } of typescript.matchAll(/\/\*\*.*?\*\//gs)) {
    docs += blank(typescript.slice(from, index));
    docs += comment.includes('@internal') ? blank(comment) : comment.replaceAll(/```.*?```/gs, blank);
    from = index + comment.length;
  }
  return docs;
}

/** The doc comments of a Rust file's public items, line for line. */
function docsOfRust(rust) {
  const lines = rust.split('\n');
  const isDoc = (line) => /^\s*\/\/[/!]/.test(line);
  return lines
    .map((line, at) => {
      if (!isDoc(line)) return '';
      const item = lines.slice(at).find((next) => !isDoc(next) && !/^\s*#\[/.test(next)) ?? '';
      return /^\s*\/\/!/.test(line) || /^\s*pub(\([a-z]+\))? /.test(item) ? line : '';
    })
    .join('\n');
}

async function filesOf() {
  const names = async (folder, end, recursive = true) =>
    (await readdir(folder, { recursive })).filter((name) => name.endsWith(end)).map((name) => `${folder}/${name}`);
  const documents = [...(await names('.', '.md', false)), ...(await names('docs', '.md'))].map((name) =>
    name.replace(/^\.\//, ''),
  );
  const { entryPoints } = JSON.parse(await readFile('typedoc.json', 'utf8'));
  const typescript = (await names('js', '.ts')).filter((name) => !/openh264|messages|build\.d|worker/.test(name));
  if (!entryPoints.every((name) => typescript.includes(name)))
    throw new Error('an entry of the reference is not checked');
  const rust = [...(await names('src', '.rs')), ...(await names('pixels/src', '.rs'))];
  return { documents: documents.filter((name) => !name.startsWith('docs/api/')), typescript, rust };
}

/** Ends this script with an error if a document or a doc comment uses a word to avoid, or a sentence that is too long. */
export async function checkWords() {
  const { documents, typescript, rust } = await filesOf();
  let count = 0;
  const report = (file, complaints) => {
    for (const { line, what } of complaints) console.error(`${file}:${line}: ${what}`);
    count += complaints.length;
  };
  for (const file of documents) report(file, complaintsOf(proseOf(await readFile(file, 'utf8')), { sentences: true }));
  for (const file of typescript) report(file, complaintsOf(docsOf(await readFile(file, 'utf8')), { sentences: false }));
  for (const file of rust) report(file, complaintsOf(docsOfRust(await readFile(file, 'utf8')), { sentences: false }));
  if (count > 0) process.exit(1);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await checkWords();
