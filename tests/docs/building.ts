import { build, type Plugin } from 'esbuild';
import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { moduleOf, type Block } from './blocks.js';

/** Where the blocks lie as modules, and in `built/` as a browser runs them. */
export const FOLDER = 'target/docs';

const RUNNABLE = ['ts', 'tsx', 'js', 'html'];

/** Whether a block is a program. */
export function isProgram({ language }: Block): boolean {
  return RUNNABLE.includes(language);
}

/** Writes each program as a module, for the compiler. */
export function writeModules(blocks: Block[]): void {
  rmSync(FOLDER, { recursive: true, force: true });
  mkdirSync(FOLDER, { recursive: true });
  for (const block of blocks) writeFileSync(fileOf(block), moduleOf(block));
  writeFileSync(`${FOLDER}/tsconfig.json`, JSON.stringify(TSCONFIG));
}

/** As strict as a user's project may be. */
const TSCONFIG = {
  compilerOptions: {
    target: 'ES2022',
    module: 'ESNext',
    moduleResolution: 'bundler',
    lib: ['ES2023', 'DOM', 'DOM.Iterable', 'DOM.AsyncIterable'],
    jsx: 'react-jsx',
    types: ['vite/client'],
    paths: { trackreel: ['../../pkg/index.d.ts'], 'trackreel/*': ['../../pkg/*.d.ts'] },
    strict: true,
    noUncheckedIndexedAccess: true,
    exactOptionalPropertyTypes: true,
    allowJs: true,
    skipLibCheck: true,
    noEmit: true,
  },
  include: ['.', '../../tests/docs/surroundings.d.ts'],
  exclude: ['built'],
};

/** The compiler's messages about the modules; nothing without errors. */
export function complaints(): string {
  try {
    execFileSync('node_modules/.bin/tsc', ['-p', FOLDER], { encoding: 'utf8' });
    return '';
  } catch (error) {
    return (error as { stdout: string }).stdout;
  }
}

/** Makes of each module what a browser runs. The package itself stays outside, as it is shipped. */
export async function buildModules(blocks: Block[]): Promise<void> {
  await build({
    entryPoints: blocks.map(fileOf),
    outdir: `${FOLDER}/built`,
    bundle: true,
    format: 'esm',
    target: 'es2022',
    jsx: 'automatic',
    logLevel: 'warning',
    define: {
      'process.env.NODE_ENV': '"development"',
      'import.meta.env': JSON.stringify({ VITE_RECORDING_MAX_LENGTH: '20m' }),
      // As Next.js does, whole names only.
      'process.env.NEXT_PUBLIC_RECORDING_ENABLED': '"true"',
      'process.env.NEXT_PUBLIC_RECORDING_MAX_LENGTH': '"20m"',
    },
    plugins: [surroundings],
  });
}

function fileOf({ name, language }: Block): string {
  // A page's script is JavaScript.
  return `${FOLDER}/${name}.${language === 'html' ? 'js' : language}`;
}

const surroundings: Plugin = {
  name: 'surroundings',
  setup({ onResolve, onLoad }) {
    const outside = (file: string) => ({ path: `/pkg/${file}.js`, external: true });
    onResolve({ filter: /^trackreel$/ }, () => outside('index'));
    onResolve({ filter: /^trackreel\/(controls|player|session|transform|upload)$/ }, ({ path }) =>
      outside(path.slice('trackreel/'.length)),
    );
    // The hook shares React with what calls it.
    onResolve({ filter: /^trackreel\/react$/ }, () => ({ path: resolve('pkg/react.js') }));
    onResolve({ filter: /^\.\/index\.js$/ }, () => outside('index'));
    // Its other file takes modules of Node's.
    onResolve({ filter: /^simple-peer$/ }, () => ({ path: resolve('node_modules/simple-peer/simplepeer.min.js') }));
    onResolve({ filter: /^surroundings$/ }, ({ path }) => ({ path, namespace: 'surroundings' }));
    // A property that is asked for by name, and no list of what there is.
    onLoad({ filter: /.*/, namespace: 'surroundings' }, () => ({ contents: 'module.exports = surroundings' }));
  },
};
