import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { agentToken, startBroker } from '#broker';
import { freePort, hasMosquitto, startMosquitto } from '../e2e/mosquitto.js';

/** A running broker, whichever it is. */
export interface RunningBroker {
  readonly url: string;
  /** What the user `aggregator` or an agent gives in CONNECT. */
  credentials(user: string): { clientId: string; username?: string; password?: string };
  stop(): Promise<void>;
}

/** A broker that the contract holds for. */
export interface BrokerKind {
  readonly name: string;
  /** Why it cannot be tested here. */
  readonly absent?: string;
  /** Tries after a failed one, for a broker that is not ours and has moods. */
  readonly retries?: number;
  start(): Promise<RunningBroker>;
}

export const contractRun = 'contract-run';
const secret = 'a secret of this test';

const clientId = (user: string): string => `${contractRun}-${user}`;

const embedded: BrokerKind = {
  name: 'embedded',
  start: async () => {
    const broker = await startBroker({ host: '127.0.0.1', port: 0, runId: contractRun, secret });
    return {
      url: broker.url,
      credentials: (user) => ({
        clientId: clientId(user),
        username: user,
        password: agentToken(secret, user),
      }),
      stop: () => broker.close(),
    };
  },
};

const mosquitto: BrokerKind = {
  name: 'mosquitto',
  ...(hasMosquitto ? {} : { absent: 'mosquitto is not installed' }),
  start: async () => {
    const { url, process } = await startMosquitto();
    return { url, credentials: (user) => ({ clientId: clientId(user) }), stop: () => end(process) };
  },
};

const natsServer = ['/usr/sbin/nats-server', '/usr/local/bin/nats-server', '/usr/bin/nats-server'].find(
  (path) => existsSync(path),
);

const nats: BrokerKind = {
  name: 'NATS’s MQTT gateway',
  // It now and then refuses a client id that has just been in use.
  retries: 2,
  ...(natsServer === undefined ? { absent: 'nats-server is not installed' } : {}),
  start: async () => {
    const folder = mkdtempSync(join(tmpdir(), 'nats-'));
    const port = await freePort();
    const config = join(folder, 'nats.conf');
    writeFileSync(
      config,
      [
        'server_name: contract',
        `listen: "127.0.0.1:${await freePort()}"`,
        `jetstream { store_dir: ${JSON.stringify(folder)} }`,
        `mqtt { listen: "127.0.0.1:${port}" }`,
      ].join('\n'),
    );
    const server = spawn(natsServer!, ['-c', config], { stdio: 'ignore' });
    await accepts(port);
    return {
      url: `mqtt://127.0.0.1:${port}`,
      credentials: (user) => ({ clientId: clientId(user) }),
      stop: async () => {
        await end(server);
        rmSync(folder, { recursive: true, force: true });
      },
    };
  },
};

export const brokerKinds: readonly BrokerKind[] = [embedded, mosquitto, nats];

async function end(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return;
  server.kill('SIGTERM');
  await once(server, 'exit');
}

/** Waits until something listens on the port, for a minute at the most. */
async function accepts(port: number): Promise<void> {
  for (let attempt = 0; attempt < 1200; attempt++) {
    const socket = createConnection({ host: '127.0.0.1', port });
    const connected = await Promise.race([
      once(socket, 'connect').then(() => true),
      once(socket, 'error').then(() => false),
    ]).catch(() => false);
    socket.destroy();
    if (connected) return;
    await delay(50);
  }
  throw new Error(`nothing listens on port ${port}`);
}
