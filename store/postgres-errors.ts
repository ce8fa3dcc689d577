import pg from 'pg';
import { type ErrorCode, FleetError } from '#protocol';

/**
 * SQLSTATEs of a server that goes away or is not yet there: class 08, and admin_shutdown,
 * crash_shutdown, cannot_connect_now. What a statement had done is then not known.
 */
const lostStates = /^(08...|57P0[123])$/;

/** Whether the session is lost: said by the server, or seen by the socket. */
export function isConnectionLost(error: unknown): boolean {
  if (error instanceof pg.DatabaseError) return lostStates.test(error.code ?? '');
  if (!(error instanceof Error)) return false;
  // Node names a system call or its own stream error; pg has only a message.
  const code = 'code' in error ? String(error.code) : '';
  return (
    /^(E[A-Z]+|ERR_STREAM_PREMATURE_CLOSE)$/.test(code) || /\b(connection|timeout)\b/i.test(error.message)
  );
}

/** The error of the registry for what a server or its session threw: `code`, or STORE_UNREACHABLE. */
export function asFleetError(error: unknown, code: ErrorCode): FleetError {
  if (error instanceof FleetError) return error;
  const actual = isConnectionLost(error) ? 'STORE_UNREACHABLE' : code;
  return new FleetError(actual, describe(error), { cause: error });
}

/** A refused connection comes as an AggregateError whose own message is empty. */
function describe(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(describe).join('; ');
  return error instanceof Error ? error.message : String(error);
}
