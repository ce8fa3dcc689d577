import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, writeFileSync } from 'node:fs';
import { createConnection, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const binary = ['/usr/sbin/mosquitto', '/usr/local/sbin/mosquitto', '/opt/homebrew/sbin/mosquitto'].find(
  (path) => existsSync(path),
);

export const hasMosquitto = binary !== undefined;

export async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

/**
 * Starts mosquitto on a private port, or as a configuration says, whose port is then given too. Its process is
 * the caller's to end.
 */
export async function startMosquitto(given?: {
  readonly port: number;
  readonly config: string;
}): Promise<{ url: string; process: ChildProcess }> {
  const port = given?.port ?? (await freePort());
  const config = join(mkdtempSync(join(tmpdir(), 'mosquitto-')), 'mosquitto.conf');
  writeFileSync(
    config,
    given?.config ?? `listener ${port} 127.0.0.1\nallow_anonymous true\npersistence false\n`,
  );
  const broker = spawn(binary!, ['-c', config], { stdio: 'ignore' });
  for (let attempt = 0; attempt < 1200; attempt++) {
    const socket = createConnection({ host: '127.0.0.1', port });
    const connected = await Promise.race([
      once(socket, 'connect').then(() => true),
      once(socket, 'error').then(() => false),
    ]).catch(() => false);
    socket.destroy();
    if (connected) return { url: `mqtt://127.0.0.1:${port}`, process: broker };
    await delay(50);
  }
  throw new Error('mosquitto did not start');
}
