import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';

const folder = mkdtempSync(join(tmpdir(), 'trackreel-setup-'));
after(() => rmSync(folder, { recursive: true }));

/** Runs a script of the project on a machine with these commands alone, each of which writes down how it was called. */
function runOn(commands: Record<string, string>, script: string, ...options: string[]) {
  const bin = join(mkdtempSync(join(folder, 'machine-')), 'bin');
  const log = `${bin}.log`;
  mkdirSync(bin);
  for (const [name, does] of Object.entries(commands)) {
    writeFileSync(join(bin, name), `#!/bin/sh\necho "${name} $*" >> ${log}\n${does}\n`);
    chmodSync(join(bin, name), 0o755);
  }
  const env = { ...process.env, PATH: bin, HOME: folder, XDG_CACHE_HOME: join(folder, 'cache') };
  const { status, stderr } = spawnSync(process.execPath, [script, ...options], { env, encoding: 'utf8' });
  const calls = existsSync(log) ? readFileSync(log, 'utf8').trim().split('\n') : [];
  // Whether the npm packages are older than their list depends on this folder alone.
  const lines = stderr.split('\n').filter((line) => line.startsWith('setup: ') && !line.includes('npm packages'));
  return { status, calls: calls.filter((call) => !call.startsWith('npm ')), lines };
}

/** A machine with Rust, but without its target, and with all that installs. `sudo` asks for no password. */
const BARE = {
  cargo: '',
  npm: '',
  rustc: 'echo /nowhere',
  rustup: '',
  python3: '',
  'apt-get': '',
  sudo: 'shift; [ "$1" = true ] || "$@"',
};
/** The commands that only check. */
const isLook = (call: string) => /^(rustc --print|python3 -c|sudo -n)/.test(call);
const commandsOf = (lines: string[], prefix: string) =>
  lines
    .filter((line) => line.startsWith(prefix))
    .flatMap((line) => line.slice(line.indexOf(': ', prefix.length + 1)).split(' && '))
    .map((command) => command.replace(/^.*: (sudo -n )?/, ''));

// The commands are scripts of a shell.
const skip = process.platform === 'win32';

describe('without leave to install', { skip }, () => {
  for (const script of ['setup', 'start', 'test'])
    test(`${script} names each missing thing with its command, and runs none`, () => {
      const { status, calls, lines } = runOn(BARE, `scripts/${script}.mjs`, '--no-install');
      assert.equal(status, 1);
      assert.deepEqual(
        calls.filter((call) => !isLook(call)),
        [],
      );
      const missing = lines.join('\n');
      assert.match(missing, /missing: Rust \S+ with .*: as this user, into .*: rustup toolchain install stable /);
      assert.match(missing, /missing: wasm-bindgen .*: as this user, into .*: cargo install .*wasm-bindgen-cli/);
      if (script === 'start') return;
      assert.match(
        missing,
        /missing: chromium, .*: Debian packages, as root( by sudo)?: .*apt-get -qq install .*chromium/,
      );
      assert.match(missing, /missing: firefox-esr, /);
      assert.match(missing, /missing: the Python packages of tests\/senders.*: python3 -m venv .* && .*pip install/);
    });

  test('a part of the tests names what that part needs', () => {
    const { status, lines } = runOn(BARE, 'scripts/test.mjs', 'quick', '--no-install');
    assert.equal(status, 1);
    assert.deepEqual(
      lines.map((line) => line.split(' ').slice(1, 3).join(' ')),
      ['missing: Rust', 'missing: wasm-bindgen'],
    );
  });

  test('a machine without Rust gets the address of Rust', () => {
    const { status, lines } = runOn({}, 'scripts/test.mjs', 'quick', '--no-install');
    assert.equal(status, 1);
    assert.match(lines[0]!, /^setup: Rust is missing: install rustup from .*, into your home/);
  });
});

test('what setup runs is what it named before, and it names the rights', { skip }, () => {
  const named = runOn(BARE, 'scripts/setup.mjs', '--no-install');
  const done = runOn(BARE, 'scripts/setup.mjs');
  const ran = done.calls.filter((call) => !isLook(call));
  // The Python of an environment that was not really made is not there to install its packages.
  const expected = commandsOf(named.lines, 'setup: missing: ').filter((command) => !command.includes('pip install'));
  assert.deepEqual([...new Set(ran)].sort(), [...new Set(expected)].sort());
  for (const line of done.lines.filter((line) => line.startsWith('setup: installing ')))
    assert.match(line, /: (as this user, into|Debian packages, as root)/);
});

test('a machine that is no Debian gets the command to run by hand', { skip }, () => {
  const { 'apt-get': _, ...commands } = BARE;
  const { status, lines } = runOn(commands, 'scripts/setup.mjs');
  assert.equal(status, 1);
  assert.match(lines.at(-1)!, /chromium.* are missing and this is no Debian: .*sudo apt-get install chromium /);
});
