/**
 * Loaded into every agent by the startup benchmark (`node --require`). After the first training step it
 * notes, as a line of JSON in the file MLAAS_PROBE_FILE, the time and what the process has used so far.
 */
const { appendFileSync } = require('node:fs');
const Module = require('node:module');

const file = process.env.MLAAS_PROBE_FILE;
if (file !== undefined && process.argv[1]?.endsWith('agent.js')) {
  const load = Module._load;
  Module._load = function watched(request, ...rest) {
    const loaded = load.call(this, request, ...rest);
    if (!request.endsWith('onnxruntime_binding.node')) return loaded;
    Module._load = load;
    return { ...loaded, InferenceSession: watch(loaded.InferenceSession) };
  };
}

function watch(Session) {
  let isFirst = true;
  return class extends Session {
    run(feeds, ...rest) {
      const outputs = super.run(feeds, ...rest);
      if (isFirst && 'steps' in feeds) {
        isFirst = false;
        const { user, system } = process.cpuUsage();
        const note = {
          at: Date.now(),
          cpuMs: (user + system) / 1000,
          rssMb: process.memoryUsage.rss() / 1e6,
        };
        appendFileSync(file, `${JSON.stringify(note)}\n`);
      }
      return outputs;
    }
  };
}
