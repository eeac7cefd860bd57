import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { test } from 'node:test';

/** Names of the field, of browsers and of what a build makes, which the architecture pages use and no source has. */
const FOREIGN = ['wvtt', 'BlockGroup', 'versionchange', 'data', 'syom', 'index.js', 'aac-worker.js'];
FOREIGN.push('video-capture.js', 'tap-worker.js', 'without-openh264.js');

// A page described `received/watch.rs` long after the file was renamed.
test('each file and each name in the architecture pages is in the code', () => {
  const files = execFileSync('git', ['ls-files'], { encoding: 'utf8' })
    .split('\n')
    .filter((file) => existsSync(file));
  const pages = files.filter((file) => /^(ARCHITECTURE\.md|docs\/(architecture|decisions)\/.*\.md)$/.test(file));
  const sources = files.filter((file) => /\.(rs|ts|tsx|mjs|js|json|toml|css|html|py|c|cpp|sh)$/.test(file));
  const known = new Set([...files.map((file) => basename(file)), ...FOREIGN]);
  for (const source of sources) {
    for (const [name] of readFileSync(source, 'utf8').matchAll(/\w+/g)) known.add(name);
  }
  const unknown = pages.flatMap((page) =>
    Array.from(readFileSync(page, 'utf8').matchAll(/`([^`\n]+)`/g), ([, quoted]) => quoted!)
      .flatMap((quoted) => {
        if (/^[\w./-]+\.(rs|ts|mjs|md|js)$/.test(quoted)) return [basename(quoted)];
        return /^[A-Za-z_:]+(\(\))?$/.test(quoted) ? quoted.match(/[A-Za-z_]+/g)! : [];
      })
      .filter((name) => !known.has(name))
      .map((name) => `${page}: ${name}`),
  );
  assert.deepEqual(unknown, []);
});
