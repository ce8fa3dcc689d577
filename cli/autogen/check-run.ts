import { createModel, parameterCount } from '#learning';
import { FleetError, type RunConfig, toFleetError } from '#protocol';
import { prepareRunData } from '../run-data.js';
import type { ManifestRow } from './manifest.js';

/** Invalid rows that an error names; the others are counted. */
const namedRows = 5;

/**
 * Does all of a run that can fail before its first process: gets the data, divides it, makes the model.
 * @throws FleetError that a run would end with
 */
export async function checkRun(config: RunConfig): Promise<void> {
  const { info } = await prepareRunData(config, () => {});
  parameterCount(createModel(info, config));
}

/**
 * Checks every enabled row, before the first run.
 * @throws FleetError CONFIG_INVALID that names the rows that cannot be
 */
export async function checkPlan(path: string, rows: readonly ManifestRow[]): Promise<void> {
  const faults: string[] = [];
  for (const { name, enabled, config } of rows) {
    if (!enabled) continue;
    try {
      await checkRun(config);
    } catch (cause) {
      faults.push(`${name}: ${toFleetError(cause).message}`);
    }
  }
  if (faults.length === 0) return;
  const more = faults.length > namedRows ? `; and ${faults.length - namedRows} more` : '';
  throw new FleetError(
    'CONFIG_INVALID',
    `${path}: ${faults.length} runs cannot be: ${faults.slice(0, namedRows).join('; ')}${more}`,
  );
}
