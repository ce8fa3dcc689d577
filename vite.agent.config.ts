import { defineConfig } from 'vite';

/** Bundles the agent's process into dist/agent.js; engines stay outside, they are loaded on demand. */
export default defineConfig({
  build: {
    ssr: 'dist/cli/agent-main.js',
    outDir: 'dist',
    emptyOutDir: false,
    target: 'node20',
    minify: true,
    rolldownOptions: {
      external: [/^onnxruntime/, /^@tensorflow\//, '#tfjs-gradients'],
      output: { entryFileNames: 'agent.js', chunkFileNames: 'agent/[name].js' },
    },
  },
  ssr: { noExternal: true },
});
