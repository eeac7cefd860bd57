import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** Serves the built site as a host with other sites may: below a folder, without other pages for addresses that are not there. */
export default defineConfig({
  root: here('.'),
  base: '/documents/trackreel/',
  appType: 'mpa',
  build: { outDir: here('../../target/site') },
});
