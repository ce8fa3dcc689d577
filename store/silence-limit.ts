import type pg from 'pg';
import { FleetError } from '#protocol';
import { socketOf } from './session-socket.js';

/** Looks at the connection in every limit. */
const looks = 8;

/**
 * Runs statements over a session with a server that may hang. A time limit on the whole would end what is only
 * large, so what counts is how long not a byte comes or goes; the connection is then cut off.
 * @param limitMs longest silence
 * @throws FleetError STORE_UNREACHABLE when it was silent for so long; the session is then gone
 */
export async function withSilenceLimit<T>(
  session: pg.PoolClient,
  limitMs: number,
  work: () => Promise<T>,
): Promise<T> {
  const socket = socketOf(session);
  let moved = -1;
  let movedAt = performance.now();
  let isCut = false;
  const timer = setInterval(() => {
    if (socket === undefined) return;
    // What Node still keeps for the socket has not gone.
    const now = socket.bytesRead + socket.bytesWritten - socket.writableLength;
    if (now !== moved) {
      moved = now;
      movedAt = performance.now();
    } else if (performance.now() - movedAt >= limitMs) {
      isCut = true;
      socket.destroy();
    }
  }, limitMs / looks);
  try {
    return await work();
  } catch (error) {
    if (!isCut) throw error;
    throw new FleetError('STORE_UNREACHABLE', `no answer for ${limitMs / 1000} s`, { cause: error });
  } finally {
    clearInterval(timer);
  }
}
