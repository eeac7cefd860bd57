import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  root: here('.'),
  base: './',
  resolve: {
    alias: [
      { find: /^trackreel$/, replacement: here('../../pkg/index.js') },
      { find: /^trackreel\/(\w+)$/, replacement: `${here('../../pkg')}/$1.js` },
    ],
  },
  worker: { format: 'es' },
  build: { outDir: here('../../target/senders-page'), emptyOutDir: true, target: 'es2022' },
});
