import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { defineConfig, type Plugin } from 'vite';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const outDir = here('../../dist/dashboard/web');

/** Leaves a .gz and a .br beside each text file, for the server to send as they are. */
const precompressed: Plugin = {
  name: 'precompressed',
  apply: 'build',
  closeBundle() {
    for (const path of readdirSync(outDir, { recursive: true, encoding: 'utf8' })) {
      if (!/\.(html|js|css)$/.test(path)) continue;
      const bytes = readFileSync(join(outDir, path));
      writeFileSync(join(outDir, `${path}.gz`), gzipSync(bytes, { level: 9 }));
      writeFileSync(join(outDir, `${path}.br`), brotliCompressSync(bytes));
    }
  },
};

export default defineConfig({
  root: here('.'),
  plugins: [precompressed],
  build: { outDir, emptyOutDir: true, target: 'es2022' },
});
