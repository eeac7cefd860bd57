import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  root: here('.'),
  base: './',
  resolve: {
    alias: [
      { find: /^trackreel$/, replacement: here('../../pkg/index.js') },
      { find: /^trackreel\/(\w+)$/, replacement: `${here('../../pkg')}/$1.js` },
    ],
  },
  build: {
    outDir: here('../../target/bench-page'),
    emptyOutDir: true,
    chunkSizeWarningLimit: 2000,
    target: 'es2022',
    rollupOptions: {
      input: ['index', 'scale', 'peers', 'flat', 'player', 'soak', 'unwatched', 'watching'].map((page) =>
        here(`${page}.html`),
      ),
    },
  },
});
