// npm run matrix: writes the results of the tests in the engines (`npm test -- engines`) into docs/engines.md, as a table.
import { readFile, writeFile } from 'node:fs/promises';
import { format, resolveConfig } from 'prettier';

const RESULTS = 'target/engines.json';
const PAGE = 'docs/engines.md';
const [BEGIN, END] = ['<!-- engines:begin -->', '<!-- engines:end -->'];

const CAPTURE = {
  processor: '`MediaStreamTrackProcessor` in the window',
  'worker-processor': 'the track is transferred, `MediaStreamTrackProcessor` in the worker',
  video: '`<video>` and `requestVideoFrameCallback`',
};
const AUDIO = { processor: '`MediaStreamTrackProcessor` in the window', worklet: 'an `AudioWorklet`' };
const STORAGE = { blobs: 'IndexedDB, Blobs', buffers: 'IndexedDB, ArrayBuffers' };
const MARKS = { passed: '✓', failed: '✗', skipped: 'not run' };

/** The facts of an engine, and their texts. */
const FACTS = {
  'tested with': ({ source }) => (source === 'canvas' ? 'a canvas' : 'WebRTC'),
  'frames arrive through': ({ capture }) => CAPTURE[capture],
  'sound arrives through': ({ audio }) => AUDIO[audio],
  'first codec': ({ codec }) => codec && `\`${codec}\``,
  codecs: ({ codecs }) => codecs,
  'stored in': ({ storage }) => STORAGE[storage],
  'frames recorded, of received': ({ frames }) => frames,
};

const engines = Object.values(JSON.parse(await readFile(RESULTS, 'utf8').catch(missing)));
const scenarios = [...new Set(engines.flatMap(({ scenarios }) => Object.keys(scenarios)))];
const table = [
  ['', ...engines.map(({ facts }) => facts.version)],
  ['---', ...engines.map(() => '---')],
  ...Object.entries(FACTS).map(([name, textOf]) => [
    name,
    ...engines.map(({ facts }) => textOf(facts) ?? 'not observed'),
  ]),
  ...scenarios.map((name) => [name, ...engines.map(({ scenarios }) => MARKS[scenarios[name] ?? 'skipped'])]),
];
const lacks = engines.flatMap(({ facts, lacks }) =>
  [...new Set(Object.values(lacks).flat())].map((what) => `- ${facts.version} lacked ${what}.`),
);
const text = [
  ...table.map((row) => `| ${row.join(' | ')} |`),
  '',
  ...(lacks.length > 0 ? ['What the tests had to do without:', '', ...lacks] : []),
].join('\n');

const before = await readFile(PAGE, 'utf8');
const [from, to] = [before.indexOf(BEGIN), before.indexOf(END)];
if (from < 0 || to < from) throw new Error(`${PAGE} has no ${BEGIN} before ${END}`);
const whole = `${before.slice(0, from)}${BEGIN}\n\n${text}\n\n${before.slice(to)}`;
await writeFile(PAGE, await format(whole, { ...(await resolveConfig(PAGE)), filepath: PAGE }));

function missing() {
  console.error(`there is no ${RESULTS} yet: run npm test -- engines first`);
  process.exit(1);
}
