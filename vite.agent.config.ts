import { defineConfig } from 'vite';

/**
 * An agent speaks MQTT over TCP or TLS only (`mlaas agent` refuses other URLs), so MQTT.js's WebSocket
 * transport goes without its library: Node's HTTP client and server, which that loads, are a large part
 * of what an agent would evaluate before its first message.
 */
const withoutWebSockets = {
  name: 'agent-without-websockets',
  enforce: 'pre',
  resolveId: (id: string) => (id === 'ws' ? '\0no-websockets' : undefined),
  load: (id: string) => (id === '\0no-websockets' ? 'module.exports = undefined;' : undefined),
} as const;

/** Bundles the agent's process into dist/agent.js; engines stay outside, they are loaded on demand. */
export default defineConfig({
  plugins: [withoutWebSockets],
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
