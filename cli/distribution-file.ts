import { readFile } from 'node:fs/promises';
import { FleetError } from '#protocol';

/**
 * Raw configuration values in which `distribution` is the content of the JSON file that it named: a
 * run's configuration says what was done wherever it is read. A mapping stays as it is.
 *
 * @throws FleetError CONFIG_INVALID when the file cannot be read or is not JSON
 */
export async function withDistribution(
  values: Readonly<Record<string, unknown>>,
): Promise<Readonly<Record<string, unknown>>> {
  const { distribution: path } = values;
  return typeof path === 'string' ? { ...values, distribution: await readJson(path) } : values;
}

async function readJson(path: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, 'utf8'));
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new FleetError('CONFIG_INVALID', `--distribution ${path}: ${reason}`, { cause });
  }
}
