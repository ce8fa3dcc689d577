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
 * modules; its native library is found from there as from anywhere. That an agent is no worker thread it need
 * not load Node's threads for.
 */
const withNativeLibrary: Plugin = {
  name: 'onnxruntime-native-library',
  transform(code, id) {
    if (!/onnxruntime-node[\\/]dist[\\/]binding\.js$/.test(id)) return undefined;
    return code
      .replace('require(`../bin/', 'require(`onnxruntime-node/bin/')
      .replace('require("worker_threads")', '{ isMainThread: true }');
  },
};

/** Modules that MQTT.js loads whatever the connection, each named with its loader and what that takes of it. */
const seldomNeeded = [
  { loader: 'tls', module: 'tls', member: 'connect' },
  { loader: 'socks', module: 'socks', member: 'SocksClient' },
];

/**
 * MQTT.js loads TLS and its SOCKS client at the first connection of any kind. Few agents need them, they cost
 * each a millisecond, and no snapshot can hold TLS.
 */
const loadedOnDemand: Plugin = {
  name: 'agent-loaded-on-demand',
  transform(code, id) {
    const loader = /mqtt[\\/]build[\\/]lib[\\/]connect[\\/](\w+)\.js$/.exec(id)?.[1];
    const seldom = seldomNeeded.find((entry) => entry.loader === loader);
    if (seldom === undefined) return undefined;
    const { module, member } = seldom;
    return code.replace(
      `const ${module}_1 = require("${module}")`,
      `const ${module}_1 = { get ${member}() { return require("${module}").${member} } }`,
    );
  },
};

/**
 * MQTT.js brings a copy of Node's streams, for browsers; Node's own are in every process already.
 * Source: https://github.com/nodejs/readable-stream#usage-in-node (READABLE_STREAM=disable)
 */
const nodeStreams = { 'readable-stream': 'node:stream' };

/** YAML files are for people: an agent is told its run's configuration over MQTT. */
const treeshake = { moduleSideEffects: (id: string) => !/node_modules[\\/]yaml[\\/]/.test(id) };

const engines = [/^onnxruntime/, /^@tensorflow\//, '#tfjs-gradients'];

/** One byte a character in V8's memory; a single other character would make it two. */
const charset = 'ascii';

/**
 * Bundles the agent's process: into dist/agent.js with its parts, and, in the mode \`snapshot\`, into the one
 * file that its startup snapshot is made of. Engines stay outside, they are loaded on demand.
 */
export default defineConfig(({ mode }) => ({
  resolve: { alias: nodeStreams },
  plugins: [withoutWebSockets, loadedOnDemand, ...(mode === 'snapshot' ? [withNativeLibrary] : [])],
  build: {
    ssr: mode === 'snapshot' ? 'dist/cli/agent-snapshot-main.js' : 'dist/cli/agent-main.js',
    outDir: 'dist',
    emptyOutDir: false,
    target: 'node20',
    minify: true,
    rolldownOptions:
      mode === 'snapshot'
        ? {
            treeshake,
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
            treeshake,
            external: engines,
            output: { entryFileNames: 'agent.js', chunkFileNames: 'agent/[name].js', charset },
          },
  },
  ssr: { noExternal: true },
}));
