import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from './command.js';

/**
 * Packs the build, once, for all projects that install it. These are outside of this repository, where neither its packages
 * nor its lock file can be found by accident.
 */
export default async function pack(): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'trackreel-packaging-'));
  const packed = await run('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder], '.');
  const [{ filename, files }] = JSON.parse(packed) as [{ filename: string; files: { path: string }[] }];
  process.env.TRACKREEL_PROJECTS = folder;
  process.env.TRACKREEL_TARBALL = join(folder, filename);
  process.env.TRACKREEL_FILES = files.map(({ path }) => path).join(' ');
  return () => rm(folder, { recursive: true });
}
