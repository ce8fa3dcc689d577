import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { RunNote } from '#store';
import { parseRequest } from './parse-request.js';

/** Writes down what a user has to say of a run. @throws FleetError RUN_UNKNOWN */
export type WriteNote = (run: string, note: RunNote) => Promise<void>;

const params = z.object({ id: z.string().min(1).max(200) });
const body = z.strictObject({
  note: z.string().max(10_000),
  tags: z.array(z.string().trim().min(1).max(64)).max(32),
});

/** `PUT /api/runs/:id/note`, with `{ "note": "…", "tags": ["baseline"] }`. */
export function addRunNotes(app: FastifyInstance, write: WriteNote): void {
  app.put('/api/runs/:id/note', async (request) => {
    await write(parseRequest(params, request.params).id, parseRequest(body, request.body));
    return { done: true };
  });
}
