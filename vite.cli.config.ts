import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { defineConfig, type Plugin } from 'vite';

const dist = fileURLToPath(new URL('dist/', import.meta.url));

/**
 * Files that are found from a module's own place, such as the page or a thread's entry, are found from there
 * still when the module has become a part of another file. Every file of the bundle lies one folder deep.
 */
const keepPlaces: Plugin = {
  name: 'keep-places',
  transform(code, id) {
    if (!id.startsWith(dist) || !code.includes('import.meta.url')) return undefined;
    const place = `new URL('../${relative(dist, id)}', import.meta.url).href`;
    return code.replaceAll('import.meta.url', place);
  },
};

const threads = ['aggregator/evaluator-worker', 'broker/broker-worker', 'store/pglite-worker'];

/**
 * Bundles the command, into dist/bin/mlaas.js with its parts, and its threads, in the place of their entries:
 * looking for a thousand modules takes longer than a short command's work. Native and WebAssembly libraries
 * stay outside, with the files that they load.
 */
export default defineConfig({
  plugins: [keepPlaces],
  build: {
    ssr: true,
    outDir: 'dist',
    emptyOutDir: false,
    target: 'node20',
    rolldownOptions: {
      input: {
        'bin/mlaas': join(dist, 'cli/main.js'),
        ...Object.fromEntries(threads.map((thread) => [thread, join(dist, `${thread}.js`)])),
      },
      external: [
        ...[/^onnxruntime/, /^@tensorflow\//, '#tfjs-gradients', /^@electric-sql\//, /^@bokuweb\//],
        ...['pg-native'],
      ],
      output: { entryFileNames: '[name].js', chunkFileNames: 'bin/[name].js' },
    },
  },
  ssr: { noExternal: true },
});
