import type pg from 'pg';
import { answerTooLarge } from './read-query.js';
import { socketOf } from './session-socket.js';

/**
 * Runs a query whose answer may not exceed a size. pg keeps a message until it has the whole of it, and
 * one row may be a gigabyte: more than a string of Node can hold, and than this process should.
 * @throws FleetError QUERY_FAILED; the session is then gone
 */
export async function withBoundedAnswer<T>(
  client: pg.PoolClient,
  maxBytes: number,
  query: () => Promise<T>,
): Promise<T> {
  const socket = socketOf(client);
  let received = 0;
  const count = (data: Buffer): void => {
    received += data.byteLength;
    if (received > maxBytes) socket?.destroy();
  };
  socket?.on('data', count);
  try {
    return await query();
  } catch (error) {
    if (received <= maxBytes) throw error;
    throw answerTooLarge(maxBytes);
  } finally {
    socket?.off('data', count);
  }
}
