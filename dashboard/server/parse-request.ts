import type { z } from 'zod';
import { FleetError } from '#protocol';

/** A part of a request, checked. @throws FleetError REQUEST_INVALID that names the field */
export function parseRequest<T>(schema: z.ZodType<T>, given: unknown): T {
  const parsed = schema.safeParse(given);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new FleetError('REQUEST_INVALID', `${issue?.path.join('.') || 'request'}: ${issue?.message}`);
}
