import { Socket } from 'node:net';

/**
 * Lets every message leave a connection at once. By default (Nagle's algorithm, RFC 896) a small one waits until
 * what went before it is acknowledged, which receivers put off by up to 40 ms: the time of several short rounds.
 */
export function sendAtOnce(connection: unknown): void {
  if (connection instanceof Socket) connection.setNoDelay(true);
}
