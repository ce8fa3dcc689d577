import { defineConfig, type Plugin } from 'vite';

/**
 * An agent speaks MQTT over TCP or TLS only (`mlaas agent` refuses other URLs), so MQTT.js's WebSocket
 * transport goes without its library: Node's HTTP client and server, which that loads, are a large part
 * of what an agent would evaluate before its first message.
 */
const withoutWebSockets: Plugin = {
  name: 'agent-without-websockets',
  enforce: 'pre',
  resolveId: (id) => (id === 'ws' ? '\0no-websockets' : undefined),
  load: (id) => (id === '\0no-websockets' ? 'module.exports = undefined;' : undefined),
};

/**
 * A snapshot's own `require` knows Node's modules only. What an agent loads later, such as its engine, is
 * required as from the file that the snapshot was made of.
 */
const requireFromSnapshot = `
var requireBuiltin = require, requireFile;
var require = (id) => requireBuiltin('node:module').isBuiltin(id)
  ? requireBuiltin(id)
  : (requireFile ??= requireBuiltin('node:module').createRequire(__filename))(id);`;

/**
 * ONNX Runtime's JavaScript is part of the snapshot's file, so that an agent does not look for its forty
 * modules; its native library is found from there as from anywhere.
 */
const withNativeLibrary: Plugin = {
  name: 'onnxruntime-native-library',
  transform(code, id) {
    if (!/onnxruntime-node[\\/]dist[\\/]binding\.js$/.test(id)) return undefined;
    return code.replace('require(`../bin/', 'require(`onnxruntime-node/bin/');
  },
};

/**
 * MQTT.js loads TLS at the first connection of any kind. Few agents need it, it costs each a millisecond, and
 * no snapshot can hold it.
 */
const withTlsOnDemand: Plugin = {
  name: 'agent-tls-on-demand',
  transform(code, id) {
    if (!/mqtt[\\/]build[\\/]lib[\\/]connect[\\/]tls\.js$/.test(id)) return undefined;
    return code.replace(
      'const tls_1 = require("tls")',
      'const tls_1 = { get connect() { return require("tls").connect } }',
    );
  },
};

const engines = [/^onnxruntime/, /^@tensorflow\//, '#tfjs-gradients'];

/** One byte a character in V8's memory; a single other character would make it two. */
const charset = 'ascii';

/**
 * Bundles the agent's process: into dist/agent.js with its parts, and, in the mode \`snapshot\`, into the one
 * file that its startup snapshot is made of. Engines stay outside, they are loaded on demand.
 */
export default defineConfig(({ mode }) => ({
  plugins: [withoutWebSockets, withTlsOnDemand, ...(mode === 'snapshot' ? [withNativeLibrary] : [])],
  build: {
    ssr: mode === 'snapshot' ? 'dist/cli/agent-snapshot-main.js' : 'dist/cli/agent-main.js',
    outDir: 'dist',
    emptyOutDir: false,
    target: 'node20',
    minify: true,
    rolldownOptions:
      mode === 'snapshot'
        ? {
            external: [/^@tensorflow\//, '#tfjs-gradients', /tfjs\/(tfjs-trainer|backend)\.js$/],
            output: {
              format: 'cjs',
              dynamicImportInCjs: false,
              codeSplitting: false,
              entryFileNames: 'agent-snapshot.cjs',
              postBanner: requireFromSnapshot,
              charset,
            },
          }
        : {
            external: engines,
            output: { entryFileNames: 'agent.js', chunkFileNames: 'agent/[name].js', charset },
          },
  },
  ssr: { noExternal: true },
}));
