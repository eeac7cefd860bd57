import { existsSync } from 'node:fs';
import { chmod, copyFile, cp, mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, test } from '@playwright/test';
import { announced, released } from '../../scripts/version.mjs';
import { run } from './command.js';

/** What the gate of a copy does. The real gate takes hours, and these tests are a part of it. */
const PASSES = 'echo passed >> ../gate.log';
const FAILS = 'exit 1';

const UNRELEASED = '## [Unreleased]\n';

/** A separate repository with all files of this one that are or would be committed, the built package, and another gate. */
class Copy {
  private constructor(readonly folder: string) {}

  static async make(gate: string): Promise<Copy> {
    const folder = join(await mkdtemp(join(process.env.TRACKREEL_PROJECTS!, 'release-')), 'copy');
    const listed = await run('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], '.');
    for (const file of new Set(listed.split('\0').filter((file) => file && existsSync(file)))) {
      await mkdir(dirname(join(folder, file)), { recursive: true });
      await copyFile(file, join(folder, file));
    }
    await cp('pkg', join(folder, 'pkg'), { recursive: true });
    const copy = new Copy(folder);
    await copy.write('.ci/run', `#!/bin/sh\n${gate}\n`);
    await chmod(join(folder, '.ci/run'), 0o755);
    await copy.git('init', '--quiet', '--initial-branch', 'main');
    const settings = { 'user.name': 'A maintainer', 'user.email': 'maintainer@example.org', 'core.autocrlf': 'false' };
    for (const [name, value] of Object.entries(settings)) await copy.git('config', name, value);
    for (const name of ['commit.gpgsign', 'tag.gpgsign']) await copy.git('config', name, 'false');
    await copy.commit();
    return copy;
  }

  /** Releases the current state: the first time the version that `package.json` has, later the next one. Returns the version. */
  async release(): Promise<string> {
    const isFirst = !/^## \[\d/m.test(await this.read('CHANGELOG.md'));
    const { version } = JSON.parse(await this.read('package.json')) as { version: string };
    await this.npm('version', ...(isFirst ? [version, '--allow-same-version'] : ['minor']));
    return (JSON.parse(await this.read('package.json')) as { version: string }).version;
  }

  async commit(): Promise<void> {
    await this.git('add', '--all');
    await this.git('commit', '--quiet', '--message', 'As it is');
  }

  async git(...args: string[]): Promise<string> {
    return (await run('git', args, this.folder)).trim();
  }

  npm(...args: string[]): Promise<string> {
    return run('npm', args, this.folder);
  }

  read(path: string): Promise<string> {
    return readFile(join(this.folder, path), 'utf8');
  }

  write(path: string, text: string): Promise<void> {
    return writeFile(join(this.folder, path), text);
  }

  /** Adds an entry to the changelog if it has no unreleased one, as just after a release. Returns the unreleased part. */
  async unreleased(): Promise<string> {
    const [before, after] = (await this.read('CHANGELOG.md')).split(UNRELEASED) as [string, string];
    const [news] = after.split(/^## /m) as [string];
    if (news.includes('\n- ')) return news;
    const entry = '\n### Added\n\n- Something.\n\n';
    await this.write('CHANGELOG.md', `${before}${UNRELEASED}${entry}${after.trimStart()}`);
    await this.commit();
    return entry;
  }

  /** What a release that was refused leaves: nothing. */
  async expectUntouched(head: string): Promise<void> {
    expect(await this.git('rev-parse', 'HEAD')).toBe(head);
    expect(await this.git('status', '--porcelain')).toBe('');
    expect(await this.git('tag')).toBe('');
  }
}

test('npm version dates the changelog, commits and tags, and the tarball has it', async () => {
  const copy = await Copy.make(PASSES);
  const news = await copy.unreleased();
  const before = await copy.read('CHANGELOG.md');
  const version = await copy.release();

  expect(await readFile(join(copy.folder, '../gate.log'), 'utf8'), 'the gate ran, once').toBe('passed\n');
  const after = await copy.read('CHANGELOG.md');
  const [, day] = new RegExp(`^## \\[${version.replaceAll('.', '\\.')}\\] - (\\d{4}-\\d\\d-\\d\\d)$`, 'm').exec(after)!;
  expect(after).toBe(before.replace(UNRELEASED, `${UNRELEASED}\n## [${version}] - ${day}\n`));
  expect(after).toContain(`] - ${day}\n${news}`);
  // Either side of midnight.
  expect(Math.abs(Date.parse(day!) - Date.now())).toBeLessThan(2 * 86_400_000);
  expect(await copy.read('README.md')).not.toMatch(/not on npm/);

  expect(await copy.git('tag', '--points-at', 'HEAD')).toBe(`v${version}`);
  expect(await copy.git('cat-file', '-t', `v${version}`), 'a tag that --follow-tags pushes').toBe('tag');
  expect(await copy.git('log', '-1', '--format=%s')).toBe(version);
  expect(await copy.git('status', '--porcelain')).toBe('');
  const changed = (await copy.git('show', '--name-only', '--format=', 'HEAD')).split('\n');
  expect(changed).toContain('CHANGELOG.md');
  const may = ['CHANGELOG.md', 'README.md', 'package-lock.json', 'package.json'];
  expect(changed.filter((file) => !may.includes(file))).toEqual([]);

  // The package is there as it was built for the other tests.
  const [packed] = JSON.parse(await copy.npm('pack', '--json', '--ignore-scripts', '--pack-destination', '..'));
  expect(packed).toMatchObject({ filename: `trackreel-${version}.tgz`, id: `trackreel@${version}` });
  const expected = process.env.TRACKREEL_FILES!.split(' ').toSorted();
  const names = (files: { path: string }[]) => files.map(({ path }) => path).toSorted();
  expect(names(packed.files)).toEqual(expected);
  const inside = (file: string) => run('tar', ['-xzOf', `../${packed.filename}`, `package/${file}`], copy.folder);
  expect(await inside('CHANGELOG.md')).toBe(after);
  expect(await inside('README.md')).not.toMatch(/not on npm/);
  expect(JSON.parse(await inside('package.json')).version).toBe(version);

  // npm asks a registry what is published even so. None is there. Newer versions of npm answer below the package's name.
  const nowhere = ['--registry', 'http://localhost:9/', '--fetch-retries', '0'];
  const dry = JSON.parse(await copy.npm('publish', '--dry-run', '--json', '--ignore-scripts', ...nowhere));
  const published = dry.trackreel ?? dry;
  expect(published.id).toBe(`trackreel@${version}`);
  expect(names(published.files)).toEqual(expected);
  expect(published.shasum).toBe(packed.shasum);
});

test('a release is refused if the gate fails, if nothing is unreleased, or if a file is changed', async () => {
  const copy = await Copy.make(FAILS);
  await copy.unreleased();
  const head = await copy.git('rev-parse', 'HEAD');
  await expect(copy.release()).rejects.toThrow('.ci/run');
  await copy.expectUntouched(head);

  await copy.write('.ci/run', `#!/bin/sh\n${PASSES}\n`);
  await expect(copy.release()).rejects.toThrow('Git working directory not clean');
  await copy.commit();
  const [before, after] = (await copy.read('CHANGELOG.md')).split(UNRELEASED) as [string, string];
  await copy.write('CHANGELOG.md', `${before}${UNRELEASED}\n${after.slice(after.search(/^## |$(?![^])/m))}`);
  await copy.commit();
  const empty = await copy.git('rev-parse', 'HEAD');
  await expect(copy.release()).rejects.toThrow('no unreleased entry');
  await copy.expectUntouched(empty);
  expect(existsSync(join(copy.folder, '../gate.log')), 'before hours of a gate').toBe(false);
});

test('a release makes a section of what was unreleased', () => {
  const before = '# Changelog\n\n## [Unreleased]\n\n### Added\n\n- This.\n\n## [0.1.0] - 2026-11-01\n\n- That.\n';
  const after = released(before, '0.2.0', '2026-11-22');
  expect(after).toBe(
    '# Changelog\n\n## [Unreleased]\n\n## [0.2.0] - 2026-11-22\n\n### Added\n\n- This.\n\n## [0.1.0] - 2026-11-01\n\n- That.\n',
  );
  expect(() => released(after, '0.3.0', '2026-11-23')).toThrow('no unreleased entry');
});

test('the README of a release has no note that it is not on npm', () => {
  const note = 'Version 0.1.0 is not on npm yet. Until then, `npm pack` makes\nthe file to install.\n\n';
  const readme = (middle: string) => `# a\n\n## Install\n\n${middle}Then.\n`;
  expect(announced(readme(note))).toBe(readme(''));
  expect(announced(readme(''))).toBe(readme(''));
});
