import type { z } from 'zod';
import { FleetError, type RunConfig } from '#protocol';

/**
 * Checks the arguments given with `--dataset-arg KEY=VALUE` against what a dataset takes.
 * @throws FleetError CONFIG_INVALID that names the argument, its value and what is allowed
 */
export function parseDatasetArgs<T extends z.ZodObject>(
  dataset: string,
  schema: T,
  given: RunConfig['datasetArg'] = {},
): z.output<T> {
  const unknown = Object.keys(given).find((key) => !(key in schema.shape));
  if (unknown !== undefined) {
    const known = Object.keys(schema.shape).join(', ') || 'none';
    throw new FleetError(
      'CONFIG_INVALID',
      `--dataset-arg ${unknown}=${given[unknown]}: ${dataset} takes ${known}`,
    );
  }
  const parsed = schema.safeParse(given);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const key = String(issue?.path[0] ?? '');
  throw new FleetError('CONFIG_INVALID', `--dataset-arg ${key}=${given[key]}: ${issue?.message}`);
}
