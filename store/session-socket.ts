import { Socket } from 'node:net';

/** The socket of a session with a server, which pg does not declare. */
export function socketOf(session: object): Socket | undefined {
  const connection: unknown = 'connection' in session ? session.connection : undefined;
  if (typeof connection !== 'object' || connection === null || !('stream' in connection)) return undefined;
  return connection.stream instanceof Socket ? connection.stream : undefined;
}
