import { z } from 'zod';
import type { PageMessage } from '../frames/live-view.js';
import { topics } from '../frames/metrics.js';

const at = z.number().nonnegative();

const schema = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('subscribe'),
    topics: z.array(z.enum(topics)).max(topics.length),
    epoch: z.string().max(64).optional(),
    lastSeq: z.int().nonnegative().optional(),
  }),
  z.strictObject({ type: z.literal('ack'), frames: z.int().nonnegative() }),
  z.strictObject({ type: z.literal('replay'), run: z.string().min(1).max(64), at: at.optional() }),
  z.strictObject({ type: z.literal('play'), speed: z.number().min(1).max(1000) }),
  z.strictObject({ type: z.literal('pause') }),
  z.strictObject({ type: z.literal('seek'), at }),
  z.strictObject({ type: z.literal('live') }),
]);

/** Reads what a page says; undefined when it is nothing that a page may say. */
export function parsePageMessage(text: string): PageMessage | undefined {
  try {
    return schema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
