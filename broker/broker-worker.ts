import { parentPort, workerData } from 'node:worker_threads';
import { listen } from './listen.js';
import { MqttServer } from './mqtt-server.js';
import { type BrokerSettings, closeCommand, type WorkerReport } from './worker-messages.js';

/** The broker's thread: serves MQTT, reports its counters once a second, ends on `closeCommand`. */
const countersEveryMs = 1000;

if (parentPort === null) throw new Error('broker-worker runs as a worker thread only');
const parent = parentPort;
const report = (message: WorkerReport): void => parent.postMessage(message);

// Made by startBroker, in this process.
const settings: BrokerSettings = workerData;
const server = await MqttServer.create(settings);
const reportCounters = (): void => report({ type: 'counters', counters: server.counters() });

try {
  report({ type: 'listening', port: await listen(server.tcp, settings.host, settings.port) });
  const timer = setInterval(reportCounters, countersEveryMs);
  parent.once('message', async (message) => {
    if (message !== closeCommand) throw new Error('unknown command');
    clearInterval(timer);
    await server.close();
    reportCounters();
  });
} catch (cause) {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause);
  report({ type: 'bind-failed', code });
  await server.close();
}
