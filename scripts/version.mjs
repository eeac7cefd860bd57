// npm version: the unreleased section of CHANGELOG.md becomes that version's, and the README loses its note that it is not on npm. Before
// the gate, `--check` fails if there is nothing to release.
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

const UNRELEASED = '## [Unreleased]\n';

/** The changelog once a version is released on a day, written as `2026-11-22`; fails if there is nothing to release. */
export function released(changelog, version, day) {
  const [before, after, ...rest] = changelog.split(UNRELEASED);
  if (after === undefined || rest.length > 0) throw new Error('CHANGELOG.md has to have one section [Unreleased]');
  const [news] = after.split(/^## /m);
  if (!news.includes('\n- ')) throw new Error('CHANGELOG.md has no unreleased entry');
  return `${before}${UNRELEASED}\n## [${version}] - ${day}\n${after}`;
}

/** The README once the package is on npm: without the paragraph that it is not there yet. */
export function announced(readme) {
  return readme.replace(/^Version \S+ is not on npm yet\.[^]*?\n\n/m, '');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const day = new Date().toISOString().slice(0, 10);
  const changelog = released(await readFile('CHANGELOG.md', 'utf8'), process.env.npm_package_version, day);
  if (!process.argv.includes('--check')) {
    await writeFile('CHANGELOG.md', changelog);
    await writeFile('README.md', announced(await readFile('README.md', 'utf8')));
  }
}
