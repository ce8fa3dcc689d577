import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { FleetError } from '#protocol';
import { parseRequest } from './parse-request.js';

/** What a user of the page can do to the run that goes on. */
export interface RunActions {
  pause(): void;
  resume(): void;
  /** Ends the run, as Ctrl-C does. */
  stop(): void;
  /** Ends an agent's process at once. @returns whether there is one on this machine */
  kill(client: number): boolean;
  /** Slows an agent's process down for a while. @returns whether there is one on this machine */
  slow(client: number): boolean;
}

const client = z.int().min(0).max(1_000_000);
const body = z.discriminatedUnion('action', [
  z.strictObject({ action: z.enum(['pause', 'resume', 'stop']) }),
  z.strictObject({ action: z.enum(['kill', 'slow']), client }),
]);

/**
 * `POST /api/actions`, with `{ "action": "pause" }` or `{ "action": "kill", "client": 3 }`.
 * @param actionsNow those on the run that goes on; undefined when none does
 */
export function addActions(app: FastifyInstance, actionsNow: () => RunActions | undefined): void {
  app.post('/api/actions', async (request) => {
    const wanted = parseRequest(body, request.body);
    const actions = actionsNow();
    if (actions === undefined) throw new FleetError('CONFLICT', 'no run goes on');
    if (!('client' in wanted)) {
      actions[wanted.action]();
      return { done: true };
    }
    if (actions[wanted.action](wanted.client)) return { done: true };
    throw new FleetError('CONFLICT', `agent ${wanted.client} does not run on this machine now`);
  });
}
