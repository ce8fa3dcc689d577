import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { FleetError } from '#protocol';
import { listRuns, type Queryable, showRun } from '#store';

const queryBody = z.strictObject({
  sql: z.string().min(1).max(100_000),
  params: z
    .array(z.union([z.string(), z.number(), z.boolean(), z.null()]))
    .max(100)
    .optional(),
  maxRows: z.int().min(1).max(1_000_000).optional(),
  timeoutMs: z.int().min(1).max(600_000).optional(),
});

/** The HTTP API over the store. */
export function addStoreApi(app: FastifyInstance, store: Queryable): void {
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
