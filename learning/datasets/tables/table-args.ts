import { z } from 'zod';
import { scalerNames } from './scaler.js';

const flag = z.preprocess(
  (value) => (value === 'true' ? true : value === 'false' ? false : value),
  z.boolean('must be true or false'),
);
const fromText = (schema: z.ZodNumber) =>
  z.preprocess((value) => (typeof value === 'string' && value.trim() !== '' ? Number(value) : value), schema);

/** What every table lets its user choose, under the names that MDG has for it. */
export const tableArgsSchema = z.strictObject({
  /** Share of the rows that only test. */
  test_size: fromText(z.number().min(0.01).max(0.9)).default(0.2),
  /** Of the split alone, so that runs of different seeds are measured on the same test set. */
  seed: fromText(z.int().min(0)).default(42),
  scaler: z.enum(scalerNames).default('standard'),
  /** For regression: whether targets become standard deviations from the mean. */
  y_standardize: flag.default(true),
});
export type TableArgs = z.output<typeof tableArgsSchema>;

/** What `csv:FILE` takes besides. */
export const csvArgsSchema = tableArgsSchema.extend({
  /** Name of the target's column; the last one where left out. */
  target: z.string().optional(),
  /** Where left out: regression for a target of fractions or of more than 20 numbers. */
  task: z.enum(['classification', 'regression']).optional(),
  /** Names of columns to leave out, with commas between them. */
  drop: z.string().optional(),
});
export type CsvArgs = z.output<typeof csvArgsSchema>;
