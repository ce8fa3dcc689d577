import { type DatasetInfo, datasetInfo, datasetNames, locateDataset } from '#learning';
import type { RunConfig } from '#protocol';

/**
 * The datasets that a plan draws from: those on this machine, built in or found as files, so that no
 * plan waits for a download that nobody asked for.
 * @param only the one dataset that the user names, wherever it is
 */
export async function availableDatasets(
  config: Pick<RunConfig, 'dataDir' | 'cacheDir'>,
  only: string | undefined,
): Promise<DatasetInfo[]> {
  if (only !== undefined) return [datasetInfo(only)];
  const available: DatasetInfo[] = [];
  for (const name of datasetNames) {
    if ((await locateDataset(name, config)) !== undefined) available.push(datasetInfo(name));
  }
  return available;
}
