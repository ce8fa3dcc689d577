import { existsSync } from 'node:fs';
import { join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import fastifyStatic from '@fastify/static';
import fastify, { type FastifyInstance, type FastifyReply } from 'fastify';
import { type ErrorCode, FleetError, type RunEventStream, toFleetError } from '#protocol';
import type { Queryable } from '#store';
import { AccessToken } from './access-token.js';
import { addActions, type RunActions } from './actions.js';
import { addStoreApi } from './api.js';
import { LiveFeed, type LiveFeedOptions } from './live/live-feed.js';
import { type RefusalCause, Refusals } from './refusals.js';
import { createRequestGuard, isLoopback } from './request-guard.js';
import { RequestLimit } from './request-limit.js';
import { addRunNotes, type WriteNote } from './run-notes.js';
import { addRunStarter, type RunStarter } from './run-starter.js';

export type { RunActions } from './actions.js';
export type { LiveState } from './frames/live-view.js';

export interface DashboardOptions {
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  readonly events: RunEventStream;
  readonly store: Queryable;
  /** How the store's writer keeps up; asked once a second while the run goes on. */
  readonly writer?: LiveFeedOptions['writer'];
  /** What users of the page can do to the run; nothing by default. */
  readonly actions?: RunActions | undefined;
  /** Begins the runs that users of the page ask for; by default none can be started. */
  readonly starter?: RunStarter | undefined;
  /** Writes down what users say of a run; without it they cannot. */
  readonly writeNote?: WriteNote | undefined;
  /** What callers must show where other machines can reach the server; a random one by default. */
  readonly token?: string | undefined;
}

export interface Dashboard {
  /** Address of the page; with the token, where one is needed. */
  readonly url: string;
  readonly port: number;
  close(): Promise<void>;
}

const statusOf: Partial<Record<ErrorCode, number>> = {
  CONFIG_INVALID: 400,
  QUERY_FAILED: 400,
  DATASET_UNKNOWN: 400,
  DATASET_UNAVAILABLE: 400,
  DATASET_INVALID: 400,
  PARTITION_IMPOSSIBLE: 400,
  CSV_INVALID: 400,
  RUN_UNKNOWN: 404,
  STORE_UNREACHABLE: 503,
};

const refusalReplies: Partial<
  Record<RefusalCause, readonly [status: number, code: string, message: string]>
> = {
  foreign: [403, 'FORBIDDEN', 'foreign origin'],
  unauthenticated: [401, 'UNAUTHORIZED', 'open the address that the command has printed, with its token'],
  flooding: [429, 'TOO_MANY_REQUESTS', 'too many requests; try again in a second'],
};

/** Everything from this server (its websocket too), nothing inline but the icon, in no foreign frame. */
const contentSecurityPolicy =
  "default-src 'self'; img-src 'self' data: blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const pageFolder = fileURLToPath(new URL('../web', import.meta.url));
const assetsFolder = join(pageFolder, 'assets', sep);

/**
 * Serves the page, its websocket and the HTTP API of a run.
 * @throws FleetError PORT_IN_USE
 */
export async function startDashboard(options: DashboardOptions): Promise<Dashboard> {
  const { host, port, store } = options;
  const refusals = new Refusals();
  const feed = new LiveFeed({
    ...options,
    refusals,
    canAct: options.actions !== undefined,
    canStart: options.starter !== undefined,
  });
  const app = fastify({ bodyLimit: 1024 * 1024, forceCloseConnections: true });
  const token = isLoopback(host) ? undefined : new AccessToken(options.token);
  const refusalOf = createRequestGuard(host, token);
  guard(app, refusals, refusalOf);
  if (token !== undefined) exchangeToken(app, token);
  app.setErrorHandler((error, _request, reply) => sendError(reply, error));
  app.get('/api/health', async () => ({ ok: true, ...feed.pages(), refused: refusals.counts() }));
  app.get('/api/state', async () => feed.state());
  if (options.actions !== undefined) addActions(app, options.actions);
  if (options.starter !== undefined) addRunStarter(app, options.starter);
  if (options.writeNote !== undefined) addRunNotes(app, options.writeNote);
  await addStoreApi(app, store);
  await servePage(app);
  feed.attach(app.server, refusalOf);
  try {
    await app.listen({ host, port });
  } catch (cause) {
    feed.close();
    await app.close();
    if (cause instanceof Error && 'code' in cause && cause.code === 'EADDRINUSE') {
      throw new FleetError('PORT_IN_USE', `${host}:${port} (dashboard)`, { cause });
    }
    throw new FleetError('CONFIG_INVALID', `--host ${host} --port ${port}: ${String(cause)}`, { cause });
  }
  const address = app.server.address();
  const bound = typeof address === 'object' && address !== null ? address.port : port;
  return {
    url: `http://${urlHost(host)}:${bound}/${token === undefined ? '' : `?token=${token.text}`}`,
    port: bound,
    async close() {
      feed.close();
      await app.close();
    },
  };
}

/** Turns away what comes too often, from foreign pages or without the token, before anything else is done. */
function guard(
  app: FastifyInstance,
  refusals: Refusals,
  refusalOf: ReturnType<typeof createRequestGuard>,
): void {
  const limit = new RequestLimit();
  app.addHook('onRequest', async (request, reply) => {
    reply.header('content-security-policy', contentSecurityPolicy);
    reply.header('x-content-type-options', 'nosniff');
    reply.header('referrer-policy', 'no-referrer');
    const refusal = limit.allows(request.ip, performance.now()) ? refusalOf(request.raw) : 'flooding';
    if (refusal === undefined) return;
    refusals.count(refusal);
    const [status, code, message] = refusalReplies[refusal] ?? [403, 'FORBIDDEN', refusal];
    return reply.code(status).send({ code, message });
  });
}

/** The address with the token leads to the page without it, with a cookie instead. */
function exchangeToken(app: FastifyInstance, token: AccessToken): void {
  app.addHook('onRequest', async (request, reply) => {
    if (request.method !== 'GET' || request.raw.url?.split('?')[0] !== '/') return;
    const cookie = token.cookieFor(request.raw);
    if (cookie !== undefined) return reply.header('set-cookie', cookie).redirect('/', 303);
  });
}

async function servePage(app: FastifyInstance): Promise<void> {
  if (!existsSync(pageFolder)) return;
  await app.register(fastifyStatic, {
    root: pageFolder,
    // The build leaves a .br and a .gz beside each file.
    preCompressed: true,
    setHeaders: (reply, path) => {
      // Vite puts a hash of the content into the names under assets/: they never change.
      const immutable = path.startsWith(assetsFolder);
      reply.header('cache-control', immutable ? 'public, max-age=31536000, immutable' : 'no-cache');
    },
  });
}

function sendError(reply: FastifyReply, cause: unknown): FastifyReply {
  // fastify's own refusals (body too large, not JSON) carry their status.
  if (cause instanceof Error && 'statusCode' in cause && typeof cause.statusCode === 'number') {
    return reply.code(cause.statusCode).send({ code: 'CONFIG_INVALID', message: cause.message });
  }
  const { code, message, todo } = toFleetError(cause);
  return reply.code(statusOf[code] ?? 500).send({ code, message, todo });
}

/** An address as it stands in a URL that a browser on this machine can open. */
function urlHost(host: string): string {
  if (host === '0.0.0.0' || host === '::') return '127.0.0.1';
  return host.includes(':') ? `[${host}]` : host;
}
