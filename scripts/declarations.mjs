// The declarations that the package's entries need, out of all that tsc makes.
import { copyFile, mkdir, readFile, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { run } from './run.mjs';

const MADE = 'target/declarations';

/** What one file of declarations takes from another, by whichever form of import. */
const IMPORTED = /(?:from|import)\s*\(?\s*['"](\.[^'"]+)\.js['"]/g;

/** Puts into pkg/ the declarations of every entry of the package, and of the types they refer to, without internal ones. */
export async function buildDeclarations() {
  await rm(MADE, { recursive: true, force: true });
  const flags = ['--noEmit', 'false', '--emitDeclarationOnly', '--declaration', '--stripInternal', '--outDir', MADE];
  await run('node_modules/.bin/tsc', ['-p', 'tsconfig.json', ...flags]);
  const { exports } = JSON.parse(await readFile('package.json', 'utf8'));
  const wanted = new Set(Object.values(exports).flatMap(({ types }) => types?.replace('./pkg/', '') ?? []));
  // It grows while it is gone through.
  for (const path of wanted) {
    const text = await readFile(join(MADE, path), 'utf8');
    for (const [, name] of text.matchAll(IMPORTED)) wanted.add(join(dirname(path), `${name}.d.ts`));
    await mkdir(dirname(join('pkg', path)), { recursive: true });
    await copyFile(join(MADE, path), join('pkg', path));
  }
}
