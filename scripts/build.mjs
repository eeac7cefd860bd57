// Builds pkg/: what npm ships. cargo, wasm-bindgen, wasm-opt, esbuild, tsc, in this order.
import { fileURLToPath } from 'node:url';
import { mkdir, rm } from 'node:fs/promises';
import { printSizes } from './sizes.mjs';
import { ensureToolchain } from './setup.mjs';
import { run } from './run.mjs';

/** Compiles the module and the face into pkg/. */
export async function buildPackage() {
  const { wasmBindgen } = await ensureToolchain();
  await run('cargo', ['build', '--release', '--locked', '--quiet', '--target', 'wasm32-unknown-unknown', '--lib']);
  const wasm = 'target/wasm32-unknown-unknown/release/trackreel.wasm';
  await run(wasmBindgen, [wasm, '--target', 'web', '--out-dir', 'target/wasm-bindgen', '--out-name', 'trackreel']);
  await rm('pkg', { recursive: true, force: true });
  await mkdir('pkg', { recursive: true });
  const features = ['--enable-bulk-memory', '--enable-nontrapping-float-to-int', '--enable-reference-types'];
  const optimize = ['-O3', ...features, 'target/wasm-bindgen/trackreel_bg.wasm', '-o', 'pkg/trackreel_bg.wasm'];
  await run('node_modules/.bin/wasm-opt', optimize);
  const { build } = await import('esbuild');
  await build({
    entryPoints: ['js/index.ts', 'js/worker.ts'],
    outdir: 'pkg',
    bundle: true,
    format: 'esm',
    target: 'es2022',
    minify: true,
    // The names of the error classes are what a person reads in a console.
    keepNames: true,
    logLevel: 'warning',
  });
  await run('node_modules/.bin/tsc', [
    '-p',
    'tsconfig.json',
    '--noEmit',
    'false',
    '--emitDeclarationOnly',
    '--declaration',
    '--stripInternal',
    '--outDir',
    'pkg',
  ]);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await buildPackage();
  await printSizes();
}
