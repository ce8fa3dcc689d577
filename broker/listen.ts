import { once } from 'node:events';
import type { Server } from 'node:net';

/** The port that MQTT brokers use by default (IANA: mqtt, 1883). */
const standardPort = 1883;
const standardTries = 32;

/**
 * Binds a server.
 *
 * @param port 0 takes any free one; without one given it is 1883, or else the first free one up to 1914, or else
 *   any free one
 * @returns the port it listens on
 * @throws the system's error (`EADDRINUSE`, `EADDRNOTAVAIL`, ...) where it cannot
 */
export async function listen(server: Server, host: string, port: number | undefined): Promise<number> {
  if (port !== undefined) return bind(server, host, port);
  for (let candidate = standardPort; candidate < standardPort + standardTries; candidate++) {
    try {
      return await bind(server, host, candidate);
    } catch (cause) {
      if (!isAddressInUse(cause)) throw cause;
    }
  }
  return bind(server, host, 0);
}

async function bind(server: Server, host: string, port: number): Promise<number> {
  server.listen({ host, port });
  await once(server, 'listening');
  const address = server.address();
  return address === null || typeof address === 'string' ? port : address.port;
}

function isAddressInUse(cause: unknown): boolean {
  return cause instanceof Error && 'code' in cause && cause.code === 'EADDRINUSE';
}
