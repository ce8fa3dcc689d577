import { createModel, parameterCount, prepareDataset } from '#learning';
import { canonicalJson, FleetError, type RunConfig, toFleetError } from '#protocol';
import { divideRunData } from '../run-data.js';
import type { ManifestRow } from './manifest.js';

/** Invalid rows that an error names; the others are counted. */
const namedRows = 5;

/** Checks the runs of a plan. Their datasets are read and verified once for all of them. */
export class RunCheck {
  readonly #ready = new Set<string>();

  /**
   * Does all of a run that can fail before its first process: gets the data, divides it, makes the model.
   * @throws FleetError that a run would end with
   */
  async checkRun(config: RunConfig): Promise<void> {
    const { dataset, datasetArg } = config;
    const data = canonicalJson({ dataset, datasetArg });
    if (!this.#ready.has(data)) await prepareDataset(dataset, config);
    this.#ready.add(data);
    const { info } = await divideRunData(config);
    parameterCount(createModel(info, config));
  }

  /**
   * Checks every enabled row, before the first run.
   * @throws FleetError CONFIG_INVALID that names the rows that cannot be
   */
  async checkPlan(path: string, rows: readonly ManifestRow[]): Promise<void> {
    const faults: string[] = [];
    for (const { name, enabled, config } of rows) {
      if (!enabled) continue;
      try {
        await this.checkRun(config);
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
}
