// Circles of imports, among the modules of TypeScript and among those of Rust: lint finds none.
import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

/**
 * The circles of a graph: each is a set of modules of which every one needs every other.
 *
 * @param {Map<string, Iterable<string>>} graph - each module, and those that it imports
 * @returns {string[][]}
 */
export function circlesOf(graph) {
  // Tarjan's strongly connected components.
  const [order, low, stack, circles] = [new Map(), new Map(), [], []];
  const go = (module) => {
    order.set(module, order.size);
    low.set(module, order.get(module));
    stack.push(module);
    for (const next of graph.get(module)) {
      if (!graph.has(next)) continue;
      if (!order.has(next)) go(next);
      if (stack.includes(next)) low.set(module, Math.min(low.get(module), low.get(next)));
    }
    if (low.get(module) !== order.get(module)) return;
    const circle = stack.splice(stack.indexOf(module));
    if (circle.length > 1) circles.push(circle.sort());
  };
  for (const module of graph.keys()) if (!order.has(module)) go(module);
  return circles;
}

/** The TypeScript of these folders: each file, and the files that it imports, types among them. */
export function typescriptGraph(...folders) {
  const files = folders.flatMap(filesIn).filter((file) => /(?<!\.d)\.ts$/.test(file));
  return new Map(
    files.map((file) => {
      const imports = readFileSync(file, 'utf8').matchAll(/^(?:import|export|\})[^;'"]*?['"](\.[^'"]+)['"];/gm);
      return [file, Array.from(imports, ([, path]) => join(dirname(file), path.replace(/\.js$/, '.ts')))];
    }),
  );
}

/** The Rust of a crate: each module, and the modules that its code uses. Tests, which may use what uses them, are not in it. */
export function rustGraph(src) {
  const isTest = (file) => /(_tests|\/tests|\/test_page|\/fixtures)\.rs$|\/simulation\//.test(file);
  const files = filesIn(src).filter((file) => file.endsWith('.rs') && !isTest(file));
  const sources = new Map(files.map((file) => [moduleOf(relative(src, file)), readFileSync(file, 'utf8')]));
  const exported = new Map(Array.from(sources, ([module, source]) => [module, exportsOf(module, source)]));
  return new Map(
    Array.from(sources, ([module, source]) => {
      const used = pathsIn(source).map((path) => ownerOf(path, module, sources, exported));
      return [module, new Set(used.filter((other) => other !== undefined && other !== module))];
    }),
  );
}

const moduleOf = (path) =>
  path
    .replace(/\.rs$/, '')
    .replace(/(^|\/)(mod|lib)$/, '')
    .split('/')
    .join('::');

/** What a module exports of its own modules: each name, and the module that has it. */
function exportsOf(module, source) {
  const names = [];
  for (const [, inner, list] of source.matchAll(/^pub(?:\([a-z]+\))? use (\w+)::(\{[^}]*\}|\w+);/gm)) {
    for (const name of list.match(/\w+/g)) names.push([name, [module, inner].filter(Boolean).join('::')]);
  }
  return new Map(names);
}

/** The paths in a module's code, from `crate` or `super` on. */
function pathsIn(source) {
  const code = source
    .replace(/\/\/.*$/gm, '')
    .replace(/#\[cfg\(test\)\]\s*(pub(\(crate\))? )?mod \w+ \{[\s\S]*?\n\}\n/g, '');
  const trees = Array.from(code.matchAll(/\buse ([^;]+);/g), ([, tree]) => expanded(tree.replace(/\s+/g, ' ')));
  const direct = code.replace(/\buse [^;]+;/g, '').matchAll(/\b(?:crate|super)(?:::\w+)+/g);
  return [...trees.flat(), ...Array.from(direct, ([path]) => path)].filter((path) => /^(crate|super)\b/.test(path));
}

/** The paths of a tree such as `a::{b, c::{d, e}}`. */
function expanded(tree, before = '') {
  const open = tree.indexOf('{');
  if (open < 0) return [before + tree.trim().replace(/ as \w+$/, '')];
  const inner = tree.slice(open + 1, tree.lastIndexOf('}'));
  const parts = inner.match(/(?:[^,{}]|\{(?:[^{}]|\{[^{}]*\})*\})+/g) ?? [];
  return parts
    .filter((part) => part.trim())
    .flatMap((part) => expanded(part.trim(), before + tree.slice(0, open).trim()));
}

/** The module that has what a path leads to. */
function ownerOf(path, module, sources, exported) {
  let [first, ...names] = path.split('::');
  let at = first === 'crate' ? [] : module.split('::').slice(0, -1);
  while (names[0] === 'super') [at, names] = [at.slice(0, -1), names.slice(1)];
  while (names.length > 0 && sources.has([...at, names[0]].join('::')))
    [at, names] = [[...at, names[0]], names.slice(1)];
  const found = at.join('::');
  const inner = exported.get(found)?.get(names[0]);
  return inner !== undefined && sources.has(inner) ? inner : found;
}

function filesIn(folder) {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

/** Fails if there is a circle among the modules of the project. */
export function checkCircles() {
  const graphs = [typescriptGraph('js', 'www'), rustGraph('src')];
  const circles = graphs.flatMap(circlesOf);
  for (const circle of circles) console.error(`a circle of imports: ${circle.join(', ')}`);
  if (circles.length > 0) process.exit(1);
  console.log(`imports: ${graphs.map((graph) => graph.size).join(' and ')} modules, no circle`);
}
