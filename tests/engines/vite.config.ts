import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  root: here('.'),
  base: './',
  resolve: {
    alias: { 'trackreel/transform': here('../../pkg/transform.js'), trackreel: here('../../pkg/index.js') },
  },
  worker: { format: 'es' },
  // For a frame without an origin.
  preview: { cors: true },
  build: { outDir: here('../../target/engines-page'), emptyOutDir: true, target: 'es2022' },
});
