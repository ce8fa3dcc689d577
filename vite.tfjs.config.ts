import { defineConfig } from 'vite';

/**
 * Bundles TensorFlow.js's gradients into dist/tfjs-gradients.js: tfjs-core ships them only as modules
 * for bundlers, which Node cannot load as they are.
 */
export default defineConfig({
  build: {
    ssr: 'node_modules/@tensorflow/tfjs-core/dist/register_all_gradients.js',
    outDir: 'dist',
    emptyOutDir: false,
    target: 'node20',
    minify: true,
    rolldownOptions: { output: { entryFileNames: 'tfjs-gradients.js' } },
  },
  ssr: { noExternal: true },
});
