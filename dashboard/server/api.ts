import { Readable } from 'node:stream';
import fastifySwagger from '@fastify/swagger';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { z } from 'zod';
import { errorRegistry, FleetError } from '#protocol';
import {
  askNamedQuery,
  listRuns,
  namedQueries,
  type Queryable,
  type QueryResult,
  runTimeseries,
  showRun,
  timeseriesMetrics,
} from '#store';
import { askedBy } from './asked-until.js';
import { parseRequest } from './parse-request.js';

const runParam = z.object({
  id: z.string().min(1).max(200).describe('id of a run, its name, or the start of its id'),
});
const queryParam = runParam.extend({
  name: z.string().min(1).max(100).describe('name of a query that /api/queries lists'),
});

const timeseriesQuery = z.strictObject({
  metric: z.string().describe(`one of ${timeseriesMetrics.join(', ')}`),
  from: z.string().optional().describe('ISO 8601; the first value by default'),
  to: z.string().optional().describe('ISO 8601, not included; the last value by default'),
  bucket: z.string().optional().describe('width of a bucket, such as 1s, 10s (default), 1m or 2h'),
});

const queryBody = z.strictObject({
  sql: z.string().min(1).max(100_000).describe('one SELECT, WITH, VALUES or TABLE statement'),
  params: z
    .array(z.union([z.string(), z.number(), z.boolean(), z.null()]))
    .max(100)
    .optional()
    .describe('values of $1, $2, …'),
  maxRows: z.int().min(1).max(1_000_000).optional().describe('10,000 by default'),
  timeoutMs: z
    .int()
    .min(1)
    .max(600_000)
    .optional()
    .describe('30,000 by default; 2,000 at most beside a run in the embedded store'),
});

/** What a query answers with; `type` is PostgreSQL's name. */
const resultSchema = {
  type: 'object',
  properties: {
    columns: {
      type: 'array',
      items: { type: 'object', properties: { name: { type: 'string' }, type: { type: 'string' } } },
    },
    rows: { type: 'array', items: { type: 'array', items: {} } },
    truncated: { type: 'boolean', description: 'whether there were more rows than asked for' },
  },
} as const;

const errorSchema = {
  type: 'object',
  required: ['code', 'message', 'todo'],
  properties: {
    code: { type: 'string', enum: Object.keys(errorRegistry), description: 'code of docs/errors.md' },
    message: { type: 'string' },
    todo: { type: 'string', description: 'what to do about it' },
  },
} as const;

const answers = (description: string, schema: object) => ({
  200: { description, ...schema },
  '4xx': { description: 'what was wrong with the request', ...errorSchema },
  500: { description: 'the server or its database has failed', ...errorSchema },
  503: { description: 'the database does not answer', ...errorSchema },
});

/** The HTTP API over the store, with its OpenAPI description at /api/openapi.json. */
export async function addStoreApi(server: FastifyInstance, store: Queryable): Promise<void> {
  await server.register(async (app) => {
    // The schemas describe; zod, from which they are made, validates, with our own errors.
    app.setValidatorCompiler(() => () => true);
    app.setSerializerCompiler(() => (value) => JSON.stringify(value));
    await app.register(fastifySwagger, {
      openapi: {
        openapi: '3.1.0',
        info: {
          title: 'mlaas-fleet',
          description: 'Runs of a fleet and what the store knows of them. Everything here only reads.',
          version: '1',
        },
      },
    });
    addRoutes(app, store);
    app.get('/api/openapi.json', { schema: { hide: true } }, async () => app.swagger());
  });
}

function addRoutes(app: FastifyInstance, store: Queryable): void {
  app.get(
    '/api/runs',
    { schema: { summary: 'All stored runs, the newest first', response: answers('runs', resultSchema) } },
    async (_request, reply) => sendResult(reply, await listRuns(askedBy(reply, store))),
  );
  app.get(
    '/api/runs/:id',
    {
      schema: {
        summary: 'A run with its parameters, clients and rounds',
        params: z.toJSONSchema(runParam),
        response: answers('sections', {
          type: 'array',
          items: { type: 'object', properties: { title: { type: 'string' }, result: resultSchema } },
        }),
      },
    },
    async ({ params }, reply) => showRun(askedBy(reply, store), parseRequest(runParam, params).id),
  );
  app.get(
    '/api/runs/:id/clients',
    {
      schema: {
        summary: 'The services of a run: each client’s quality over all its rounds',
        params: z.toJSONSchema(runParam),
        response: answers('one row a client', resultSchema),
      },
    },
    async ({ params }, reply) =>
      sendResult(
        reply,
        await askNamedQuery(askedBy(reply, store), 'services', parseRequest(runParam, params).id),
      ),
  );
  app.get(
    '/api/runs/:id/timeseries',
    {
      schema: {
        summary: 'A metric over time: count, mean, min, max, p50 and p95 a bucket',
        params: z.toJSONSchema(runParam),
        querystring: z.toJSONSchema(timeseriesQuery),
        response: answers('one row a bucket', resultSchema),
      },
    },
    async ({ params, query }, reply) =>
      sendResult(
        reply,
        await runTimeseries(
          askedBy(reply, store),
          parseRequest(runParam, params).id,
          parseRequest(timeseriesQuery, query),
        ),
      ),
  );
  app.get(
    '/api/queries',
    {
      schema: {
        summary: 'The named queries',
        response: answers('name, description and SQL of each', { type: 'array', items: { type: 'object' } }),
      },
    },
    async () => namedQueries,
  );
  app.get(
    '/api/runs/:id/queries/:name',
    {
      schema: {
        summary: 'The answer of a named query for a run',
        params: z.toJSONSchema(queryParam),
        response: answers('rows', resultSchema),
      },
    },
    async ({ params }, reply) => {
      const { id, name } = parseRequest(queryParam, params);
      if (!namedQueries.some((query) => query.name === name)) {
        throw new FleetError('NOT_FOUND', `no query is named ${name}; GET /api/queries lists them`);
      }
      return sendResult(reply, await askNamedQuery(askedBy(reply, store), name, id));
    },
  );
  app.post(
    '/api/query',
    {
      schema: {
        summary: 'The answer of one read-only SQL statement',
        body: z.toJSONSchema(queryBody),
        response: answers('rows', resultSchema),
      },
    },
    async ({ body }, reply) => {
      const { sql, ...given } = parseRequest(queryBody, body);
      const options = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
      return sendResult(reply, await askedBy(reply, store).query(sql, options));
    },
  );
}

/** Sends a result piece by piece, as fast as it is taken: its text is never in memory as a whole. */
function sendResult(reply: FastifyReply, result: QueryResult): FastifyReply {
  return reply.type('application/json; charset=utf-8').send(Readable.from(jsonPieces(result)));
}

const rowsPerPiece = 500;

function* jsonPieces({ columns, rows, truncated }: QueryResult): Generator<string> {
  yield `{"columns":${JSON.stringify(columns)},"truncated":${truncated},"rows":[`;
  for (let i = 0; i < rows.length; i += rowsPerPiece) {
    const piece = JSON.stringify(rows.slice(i, i + rowsPerPiece)).slice(1, -1);
    yield i === 0 ? piece : `,${piece}`;
  }
  yield ']}';
}
