import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  root: here('.'),
  base: './',
  // React runs effects twice in strict mode only as it is built for development.
  mode: 'development',
  define: { 'process.env.NODE_ENV': '"development"' },
  esbuild: { jsx: 'automatic' },
  resolve: {
    alias: [
      { find: /^trackreel$/, replacement: here('../../pkg/index.js') },
      { find: /^trackreel\/(\w+)$/, replacement: `${here('../../pkg')}/$1.js` },
    ],
  },
  build: {
    outDir: here('../../target/face-page'),
    emptyOutDir: true,
    target: 'es2022',
    minify: false,
    rollupOptions: { input: [here('react.html'), here('controls.html'), here('vue.html')] },
  },
});
