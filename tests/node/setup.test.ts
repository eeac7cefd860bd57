import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { test, type TestContext } from 'node:test';

function emptyFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'trackreel-'));
  t.after(() => rmSync(folder, { recursive: true }));
  return folder;
}

/** What a set-up that may install nothing answers, with these variables. */
function setUp(env: Record<string, string>) {
  const { status, stderr } = spawnSync(process.execPath, ['scripts/setup.mjs', '--no-install'], {
    encoding: 'utf8',
    env: { ...process.env, ...env },
  });
  return { status, stderr };
}

test('without Rust, its source is named', (t) => {
  const { status, stderr } = setUp({ PATH: emptyFolder(t) });
  assert.equal(status, 1);
  assert.match(stderr, /^setup: Rust is missing: install it from https:\/\/rustup\.rs/);
});

test('with --no-install nothing is installed, and what is missing is named with its command', (t) => {
  const cache = emptyFolder(t);
  // Whatever PATH has but wasm-bindgen.
  const tools = emptyFolder(t);
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    for (const tool of ['cargo', 'rustc', 'rustup']) {
      if (spawnSync(join(folder, tool), ['--version']).status !== 0) continue;
      if (!readdirSync(tools).includes(tool)) symlinkSync(join(folder, tool), join(tools, tool));
    }
  }
  const { status, stderr } = setUp({ PATH: tools, XDG_CACHE_HOME: cache });
  assert.equal(status, 1);
  assert.match(
    stderr,
    /^setup: wasm-bindgen [\d.]+ is missing, and --no-install was given: cargo install .*wasm-bindgen-cli/,
  );
  assert.deepEqual(readdirSync(cache), []);
});
