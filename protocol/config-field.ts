import { z } from 'zod';

/**
 * What a field of the run configuration tells about itself. `experiment` fields decide what the
 * run computes and enter its hash; `deployment` fields say where and how it runs.
 */
export interface FieldMeta {
  readonly flag: string;
  readonly placeholder?: string;
  readonly group: 'Data' | 'Model and training' | 'Fleet' | 'Services' | 'Output';
  readonly scope: 'experiment' | 'deployment';
  readonly description: string;
  /** The flag may be given several times. */
  readonly repeatable?: true;
}

export const field = <T extends z.ZodType>(schema: T, meta: FieldMeta): T => schema.meta({ ...meta });

/** A number, or its text as flags give it. Not zod's coercion: that takes '' and null for 0. */
export const numeric = (schema: z.ZodNumber) =>
  z.preprocess((value) => (typeof value === 'string' && value.trim() !== '' ? Number(value) : value), schema);

export const wholeNumber = (low: number, high: number) => numeric(z.number().int().min(low).max(high));
