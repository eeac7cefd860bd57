import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { transform } from 'esbuild';
import { defineConfig, type Plugin } from 'vite';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  root: here('.'),
  // Relative addresses, so that the built page can be put in any folder of any site.
  base: './',
  resolve: {
    alias: [
      { find: /^trackreel$/, replacement: here('../pkg/index.js') },
      { find: /^trackreel\/(\w+)$/, replacement: `${here('../pkg')}/$1.js` },
    ],
  },
  // The package's build lies beside the page's root, not in it.
  server: { fs: { allow: [here('..')] } },
  build: { outDir: here('../dist'), emptyOutDir: true, target: 'es2022' },
  plugins: [offline()],
});

/** Adds the service worker that keeps the page, with the list of all its files. */
function offline(): Plugin {
  return {
    name: 'offline',
    apply: 'build',
    enforce: 'post',
    async generateBundle(_, bundle) {
      const html = bundle['index.html'];
      if (html?.type !== 'asset') throw new Error('the page has no index.html');
      const files = Object.keys(bundle).filter((file) => file !== 'index.html');
      const built = createHash('sha256').update(html.source).update(files.join()).digest('hex').slice(0, 16);
      const define = { FILES: JSON.stringify(['./', ...files]), BUILD: JSON.stringify(built) };
      const source = await readFile(here('offline.worker.ts'), 'utf8');
      const { code } = await transform(source, {
        define,
        loader: 'ts',
        format: 'iife',
        minify: true,
        target: 'es2022',
      });
      this.emitFile({ type: 'asset', fileName: 'offline.js', source: code });
    },
  };
}
