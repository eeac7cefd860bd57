import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  root: here('.'),
  // Relative addresses, so that the built page can be put in any folder of any site.
  base: './',
  resolve: { alias: { trackreel: here('../pkg/index.js') } },
  // The package's build lies beside the page's root, not in it.
  server: { fs: { allow: [here('..')] } },
  build: { outDir: here('../dist'), emptyOutDir: true, target: 'es2022' },
});
