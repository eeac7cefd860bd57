import assert from 'node:assert/strict';
import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { circlesOf, rustGraph, typescriptGraph } from '../../scripts/circles.mjs';

/** The circles among files with these contents, without the folder's path. */
async function circles(graph: (folder: string) => Map<string, Iterable<string>>, files: Record<string, string>) {
  const folder = await mkdtemp(join(tmpdir(), 'circles-'));
  try {
    for (const [name, content] of Object.entries(files)) {
      await mkdir(dirname(join(folder, name)), { recursive: true });
      await writeFile(join(folder, name), content);
    }
    return circlesOf(graph(folder)).map((circle) => circle.map((module) => module.replace(`${folder}/`, '')));
  } finally {
    await rm(folder, { recursive: true });
  }
}

test('a circle of types alone is one as well, and a chain is none', async () => {
  const files = {
    'a.ts': "import type { B } from './b.js';\n",
    'b.ts': "import { c } from './inner/c.js';\n",
    'inner/c.ts': "export { a } from '../a.js';\n",
    'd.ts': "import { a } from './a.js';\nimport {\n  e,\n} from './e.js';\n",
    'e.ts': '',
  };
  assert.deepEqual(await circles(typescriptGraph, files), [['a.ts', 'b.ts', 'inner/c.ts']]);
  assert.deepEqual(await circles(typescriptGraph, { ...files, 'inner/c.ts': '' }), []);
});

test('what a module exports is of the module that has it, and tests are not searched', async () => {
  const files = {
    'lib.rs': 'mod reel;\nmod codec;\n',
    'reel/mod.rs': 'mod table;\npub use table::Table;\n',
    'reel/table.rs': 'use crate::codec::{Codec, av1::{Obu, Sequence}};\n',
    'codec/mod.rs':
      'pub mod av1;\npub struct Codec;\n#[cfg(test)]\nmod tests {\n    use super::super::reel::Table;\n}\n',
    'codec/av1.rs': 'use std::fmt;\n',
  };
  assert.deepEqual(await circles(rustGraph, files), []);
  const used = { ...files, 'codec/av1.rs': 'fn of(table: &crate::reel::Table) {}\n' };
  assert.deepEqual(await circles(rustGraph, used), [['codec::av1', 'reel::table']]);
});
