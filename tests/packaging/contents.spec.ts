import { execFileSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { run } from './command.js';

const bin = (name: string) => join('node_modules/.bin', name);
const tarball = () => process.env.TRACKREEL_TARBALL!;

test('what is packed is what is meant', () => {
  expect(process.env.TRACKREEL_FILES!.split(' ').toSorted()).toEqual([
    'CHANGELOG.md',
    'LICENSE-APACHE',
    'LICENSE-MIT',
    'README.md',
    'THIRD-PARTY-NOTICES',
    'package.json',
    'pkg/aac-worker.js',
    'pkg/aac.LICENSE',
    'pkg/aac.wasm',
    'pkg/capture.d.ts',
    'pkg/controls.d.ts',
    'pkg/controls.js',
    'pkg/controls/element.d.ts',
    'pkg/controls/labels.d.ts',
    'pkg/download.d.ts',
    'pkg/env.d.ts',
    'pkg/errors.d.ts',
    'pkg/events.d.ts',
    'pkg/fragments.d.ts',
    'pkg/index.d.ts',
    'pkg/index.js',
    'pkg/locate.d.ts',
    'pkg/mirror.d.ts',
    'pkg/movie.d.ts',
    'pkg/openh264-worker.js',
    'pkg/openh264.LICENSE',
    'pkg/openh264.wasm',
    'pkg/pictures.d.ts',
    'pkg/player.d.ts',
    'pkg/player.js',
    'pkg/react.d.ts',
    'pkg/react.js',
    'pkg/react/jsx.d.ts',
    'pkg/react/use-progress.d.ts',
    'pkg/react/use-recorder.d.ts',
    'pkg/react/use-recording.d.ts',
    'pkg/react/use-session.d.ts',
    'pkg/recorder.d.ts',
    'pkg/reels.d.ts',
    'pkg/session.d.ts',
    'pkg/session.js',
    'pkg/sound-capture.js',
    'pkg/sound-worklet.js',
    'pkg/source.d.ts',
    'pkg/support.d.ts',
    'pkg/tap-worker.js',
    'pkg/tap.d.ts',
    'pkg/trackreel_bg.wasm',
    'pkg/transform.d.ts',
    'pkg/transform.js',
    'pkg/types.d.ts',
    'pkg/upload.d.ts',
    'pkg/upload.js',
    'pkg/upload/error.d.ts',
    'pkg/upload/options.d.ts',
    'pkg/video-capture.js',
    'pkg/without-openh264.js',
    'pkg/worker-without-openh264.js',
    'pkg/worker.js',
  ]);
});

// A panic in a crate names its file, by the path that it had on the machine that built the module.
test('what is packed has no path of where it was built', () => {
  const files = process.env.TRACKREEL_FILES!.split(' ');
  const revealing = files.flatMap((file) => {
    const bytes = execFileSync('tar', ['-xzOf', tarball(), `package/${file}`], { maxBuffer: 2 ** 24 });
    return [`${homedir()}/`, `${process.cwd()}/`, 'registry/src']
      .filter((path) => bytes.includes(path))
      .map((path) => [file, path]);
  });
  expect(revealing).toEqual([]);
});

test('publint finds nothing', async () => {
  const output = await run(bin('publint'), ['run', '--strict', tarball()], '.');
  expect(output).toContain('All good!');
});

// The package is ESM and nothing else, so that a `require()` of it in an old Node and the resolution before `exports` don't count.
test('types are found in every way that modules are', async () => {
  await run(bin('attw'), ['--profile', 'esm-only', tarball()], '.');
});

test('the version is in one place', async () => {
  const { version } = JSON.parse(await readFile('package.json', 'utf8'));
  const lock = JSON.parse(await readFile('package-lock.json', 'utf8'));
  expect([lock.version, lock.packages[''].version], 'which npm writes').toEqual([version, version]);
  for (const crate of ['.', 'aac', 'pixels', 'openh264'])
    expect(await readFile(join(crate, 'Cargo.toml'), 'utf8')).not.toMatch(/^\[package\]\n[^[]*^version/m);
  const headings = (await readFile('CHANGELOG.md', 'utf8')).match(/^## .*$/gm)!;
  expect(headings[0]).toBe('## [Unreleased]');
  if (headings[1]) expect(headings[1].split(' - ')[0]).toBe(`## [${version}]`);
});
