import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  root: here('.'),
  base: './',
  resolve: {
    alias: { 'trackreel/transform': here('../../pkg/transform.js'), trackreel: here('../../pkg/index.js') },
  },
  build: { outDir: here('../../target/corpus-page'), emptyOutDir: true, target: 'es2022' },
});
