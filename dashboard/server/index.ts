import { existsSync } from 'node:fs';
import { join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import fastifyStatic from '@fastify/static';
import fastify, { type FastifyInstance, type FastifyReply } from 'fastify';
import { z } from 'zod';
import { type ErrorCode, FleetError, type RunEventStream, toFleetError } from '#protocol';
import { listRuns, type Queryable, showRun } from '#store';
import { LiveFeed } from './live-feed.js';
import { createRequestGuard } from './request-guard.js';

export type { Frame, LivePatch, LiveState } from './live-view.js';

export interface DashboardOptions {
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  readonly events: RunEventStream;
  readonly store: Queryable;
}

export interface Dashboard {
  readonly url: string;
  readonly port: number;
  close(): Promise<void>;
}

const queryBody = z.strictObject({
  sql: z.string().min(1).max(100_000),
  params: z
    .array(z.union([z.string(), z.number(), z.boolean(), z.null()]))
    .max(100)
    .optional(),
  maxRows: z.int().min(1).max(1_000_000).optional(),
  timeoutMs: z.int().min(1).max(600_000).optional(),
});

const statusOf: Partial<Record<ErrorCode, number>> = {
  CONFIG_INVALID: 400,
  QUERY_FAILED: 400,
  RUN_UNKNOWN: 404,
  STORE_UNREACHABLE: 503,
};

/** Everything from this server (its websocket too), nothing inline but the icon, in no foreign frame. */
const contentSecurityPolicy =
  "default-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const pageFolder = fileURLToPath(new URL('../web', import.meta.url));
const assetsFolder = join(pageFolder, 'assets', sep);

/**
 * Serves the page, its websocket and the HTTP API of a run.
 * @throws FleetError PORT_IN_USE
 */
export async function startDashboard({ host, port, events, store }: DashboardOptions): Promise<Dashboard> {
  const feed = new LiveFeed(events);
  const app = fastify({ bodyLimit: 1024 * 1024, forceCloseConnections: true });
  const isAllowed = createRequestGuard(host);
  app.addHook('onRequest', async (request, reply) => {
    reply.header('content-security-policy', contentSecurityPolicy);
    reply.header('x-content-type-options', 'nosniff');
    if (!isAllowed(request.raw))
      return reply.code(403).send({ code: 'FORBIDDEN', message: 'foreign origin' });
  });
  app.setErrorHandler((error, _request, reply) => sendError(reply, error));
  addApi(app, store, feed);
  await servePage(app);
  feed.attach(app.server, isAllowed);
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
    url: `http://${urlHost(host)}:${bound}/`,
    port: bound,
    async close() {
      feed.close();
      await app.close();
    },
  };
}

function addApi(app: FastifyInstance, store: Queryable, feed: LiveFeed): void {
  app.get('/api/health', async () => ({ ok: true }));
  app.get('/api/state', async () => feed.state());
  app.get('/api/runs', async () => listRuns(store));
  app.get<{ Params: { id: string } }>('/api/runs/:id', async ({ params }) => showRun(store, params.id));
  app.post('/api/query', async ({ body }) => {
    const parsed = queryBody.safeParse(body);
    if (!parsed.success) {
      const issue = parsed.error.issues[0];
      throw new FleetError('CONFIG_INVALID', `${issue?.path.join('.') || 'body'}: ${issue?.message}`);
    }
    const { sql, params, maxRows, timeoutMs } = parsed.data;
    return store.query(sql, {
      ...(params === undefined ? {} : { params }),
      ...(maxRows === undefined ? {} : { maxRows }),
      ...(timeoutMs === undefined ? {} : { timeoutMs }),
    });
  });
}

async function servePage(app: FastifyInstance): Promise<void> {
  if (!existsSync(pageFolder)) return;
  await app.register(fastifyStatic, {
    root: pageFolder,
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
