import type { FastifyInstance, FastifyReply } from 'fastify';
import { type ErrorCode, FleetError, toFleetError } from '#protocol';

/** Status of the errors that are no fault of the server; of the others it is 500. */
const statusOf: Readonly<Partial<Record<ErrorCode, number>>> = {
  CONFIG_INVALID: 400,
  QUERY_FAILED: 400,
  DATASET_UNKNOWN: 400,
  DATASET_UNAVAILABLE: 400,
  DATASET_INVALID: 400,
  PARTITION_IMPOSSIBLE: 400,
  CSV_INVALID: 400,
  REQUEST_INVALID: 400,
  UNAUTHORIZED: 401,
  FORBIDDEN: 403,
  RUN_UNKNOWN: 404,
  NOT_FOUND: 404,
  CONFLICT: 409,
  PORT_IN_USE: 409,
  STORE_BUSY: 409,
  TOO_MANY_REQUESTS: 429,
  STORE_UNREACHABLE: 503,
  CACHE_UNWRITABLE: 503,
};

/** Lets every request that fails, also one that nothing is there for, be answered by `sendError`. */
export function addErrorAnswers(app: FastifyInstance): void {
  app.setErrorHandler((error, _request, reply) => sendError(reply, error));
  app.setNotFoundHandler((request, reply) => {
    // Without the query, which may hold the token.
    const [path] = request.url.split('?');
    return sendError(reply, new FleetError('NOT_FOUND', `${request.method} ${path}`));
  });
}

/** Answers with an error of the registry: `{ code, message, todo }`, and the status that goes with it. */
export function sendError(reply: FastifyReply, cause: unknown): FastifyReply {
  const refused = statusOfRefusal(cause);
  const { code, message, todo } = toFleetError(cause, refused === undefined ? 'INTERNAL' : 'REQUEST_INVALID');
  return reply.code(refused ?? statusOf[code] ?? 500).send({ code, message, todo });
}

/** The status that fastify itself gives to requests that it refuses: too large, not JSON … */
function statusOfRefusal(cause: unknown): number | undefined {
  if (!(cause instanceof Error && 'statusCode' in cause)) return undefined;
  const { statusCode } = cause;
  return typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500 ? statusCode : undefined;
}
