import { startDashboard } from '#dashboard';
import { parseRunConfig, type RunEvent, RunEventStream } from '#protocol';

/**
 * The dashboard's server alone in its process, fed with the telemetry of a fleet that there is not: told
 * over IPC how many agents and points a second, it tells its address, and at the end what it has used.
 */
const events = new RunEventStream();
const dashboard = await startDashboard({
  ...{ host: '127.0.0.1', port: 0, events },
  store: { query: async () => ({ columns: [], rows: [], truncated: false }) },
});

const perMessage = 5;
const tickMs = 20;
const [agents = 1000, pointsPerS = 10_000] = process.argv.slice(2).map(Number);
const begun = Date.now();

events.publish({
  type: 'run-started',
  ts: begun,
  runId: 'bench',
  config: parseRunConfig({ name: 'bench', clients: agents, rounds: 100 }),
  configSha256: '',
  codeVersion: '',
  params: {},
  clients: [],
});
for (let client = 0; client < agents; client++) {
  events.publish({ type: 'agent-state', ts: begun, client, state: 'training', round: 1, pid: client + 1 });
}

// A message carries several points: those that the page draws.
const messagesPerTick = (pointsPerS / perMessage / 1000) * tickMs;
let due = 0;
let sent = 0;
const timer = setInterval(() => {
  due += messagesPerTick;
  for (; sent < due; sent++) events.publish(telemetry(sent));
}, tickMs);

function telemetry(index: number): RunEvent {
  const now = Date.now();
  const seq = Math.floor(index / agents);
  const wave = (index * 7919) % 1000;
  // Plain literals, as decoded messages are: V8 makes far larger and longer-lived objects of spreads.
  return {
    type: 'telemetry',
    ts: now,
    sentAt: now - (wave % 50),
    client: index % agents,
    boot: begun,
    seq,
    body: {
      phase: 'training',
      round: 1,
      cpuTimeS: seq,
      cpuUtilization: wave / 1000,
      rssMb: 100 + wave / 10,
      queueLength: wave % 7,
      bytesSent: seq * 1000,
      bytesReceived: seq * 2000,
    },
  };
}

let cpuBefore = process.cpuUsage();
let cpuSince = performance.now();
let mostRss = 0;
const watch = setInterval(() => {
  mostRss = Math.max(mostRss, process.memoryUsage.rss());
}, 500);

process.on('message', (message) => {
  if (message === 'begin') {
    cpuBefore = process.cpuUsage();
    cpuSince = performance.now();
    mostRss = 0;
  } else {
    const { user, system } = process.cpuUsage(cpuBefore);
    const cores = (user + system) / 1000 / (performance.now() - cpuSince);
    process.send?.({ cores, rssMb: mostRss / 1e6, messages: sent });
    clearInterval(timer);
    clearInterval(watch);
    void dashboard.close().then(() => process.disconnect());
  }
});
process.send?.({ url: dashboard.url });
