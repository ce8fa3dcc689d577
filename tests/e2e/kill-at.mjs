// Preloaded into `mlaas` (node --import): kills its own process, as a crash would, at one event of the run.
// MLAAS_KILL_AT is TYPE:ROUND[:STATE], such as round-state:2:collect or client-finished:2.
import { RunEventStream } from '../../dist/protocol/index.js';

const [type, round, state] = (process.env.MLAAS_KILL_AT ?? '').split(':');
const publish = RunEventStream.prototype.publish;
RunEventStream.prototype.publish = function (event) {
  publish.call(this, event);
  if (event.type !== type || String(event.round ?? event.outcome?.round) !== round) return;
  if (state === undefined || event.state === state) process.kill(process.pid, 'SIGKILL');
};
