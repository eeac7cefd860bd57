import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  root: here('.'),
  base: './',
  resolve: { alias: { trackreel: here('../../pkg/index.js') } },
  worker: { format: 'es' },
  build: { outDir: here('../../target/sync-page'), emptyOutDir: true, target: 'es2022' },
});
