import { existsSync } from 'node:fs';
import { join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import fastifyStatic from '@fastify/static';
import fastify, { type FastifyInstance } from 'fastify';
import { type ErrorCode, FleetError, type RunEventStream } from '#protocol';
import type { Queryable } from '#store';
import { AccessToken } from './access-token.js';
import { addActions, type RunActions } from './actions.js';
import { addStoreApi } from './api.js';
import { addErrorAnswers, sendError } from './error-answers.js';
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
  /** What users of the page can do to the run that goes on, when one does; nothing by default. */
  readonly actions?: (() => RunActions | undefined) | undefined;
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

const refusalErrors: Readonly<Partial<Record<RefusalCause, readonly [code: ErrorCode, detail: string]>>> = {
  unauthenticated: ['UNAUTHORIZED', 'the token is missing or wrong'],
  flooding: ['TOO_MANY_REQUESTS', 'too many requests'],
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
  const app = fastify({
    bodyLimit: 1024 * 1024,
    forceCloseConnections: true,
    // An address that cannot be read comes to no handler.
    frameworkErrors: (error, _request, reply) => void sendError(reply, error),
  });
  const token = isLoopback(host) ? undefined : new AccessToken(options.token);
  const refusalOf = createRequestGuard(host, token);
  guard(app, refusals, refusalOf);
  if (token !== undefined) exchangeToken(app, token);
  addErrorAnswers(app);
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
    const [code, detail] = refusalErrors[refusal] ?? ['FORBIDDEN', `${refusal} origin`];
    return sendError(reply, new FleetError(code, detail));
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

/** An address as it stands in a URL that a browser on this machine can open. */
function urlHost(host: string): string {
  if (host === '0.0.0.0' || host === '::') return '127.0.0.1';
  return host.includes(':') ? `[${host}]` : host;
}
