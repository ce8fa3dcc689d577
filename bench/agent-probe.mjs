/**
 * Loaded into every agent by the startup benchmark (`node --import`). After the first training step it
 * notes, as a line of JSON in the file MLAAS_PROBE_FILE, the time and what the process has used so far.
 */
import { appendFileSync } from 'node:fs';

const file = process.env.MLAAS_PROBE_FILE;
if (file !== undefined && process.argv[1]?.endsWith('agent.js')) {
  const { InferenceSession } = await import('onnxruntime-node');
  const { run } = InferenceSession.prototype;
  InferenceSession.prototype.run = async function probe(feeds, ...rest) {
    const outputs = await run.call(this, feeds, ...rest);
    if ('steps' in feeds) {
      InferenceSession.prototype.run = run;
      const { user, system } = process.cpuUsage();
      const note = { at: Date.now(), cpuMs: (user + system) / 1000, rssMb: process.memoryUsage.rss() / 1e6 };
      appendFileSync(file, `${JSON.stringify(note)}\n`);
    }
    return outputs;
  };
}
