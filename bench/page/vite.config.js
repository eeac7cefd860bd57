import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  root: here('.'),
  base: './',
  resolve: { alias: { trackreel: here('../../pkg/index.js') } },
  build: {
    outDir: here('../../target/bench-page'),
    emptyOutDir: true,
    target: 'es2022',
    rollupOptions: {
      input: ['index', 'scale', 'peers', 'flat', 'soak', 'unwatched'].map((page) => here(`${page}.html`)),
    },
  },
});
