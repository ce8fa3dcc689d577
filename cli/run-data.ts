import {
  type DatasetInfo,
  labelCounts,
  meanPairwiseDistance,
  measureShares,
  openDataset,
  partition,
  prepareDataset,
  runTask,
  shareHash,
  strata,
} from '#learning';
import type { ClientShare, RunConfig } from '#protocol';

export interface RunData {
  readonly info: DatasetInfo;
  readonly shares: readonly ClientShare[];
  /** Mean total variation distance between the labels of two clients. */
  readonly meanPairwiseDistance: number;
}

/**
 * Gets the dataset ready on this machine and divides it, before any process starts: whatever is
 * wrong with the data or the division shows here.
 */
export async function prepareRunData(
  config: RunConfig,
  note: (text: string) => void,
  signal?: AbortSignal,
): Promise<RunData> {
  await prepareDataset(config.dataset, { ...config, signal }, note);
  return divideRunData(config);
}

/** Divides a dataset that is ready on this machine. */
export async function divideRunData(config: RunConfig): Promise<RunData> {
  const dataset = await openDataset(config.dataset, config);
  try {
    const { info, contentSha256 } = dataset;
    runTask(info, config);
    const data = strata(dataset, config.distributionBins);
    const shares = partition(data, config);
    const counts = shares.map((indices) => labelCounts(indices, data.labels, data.classes));
    return {
      info,
      meanPairwiseDistance: meanPairwiseDistance(counts),
      shares: measureShares(counts).map((heterogeneity, client) => {
        const indices = shares[client] ?? new Uint32Array();
        return {
          client,
          samples: indices.length,
          labelCounts: counts[client] ?? [],
          indices,
          heterogeneity,
          shareSha256: shareHash(indices, contentSha256),
        };
      }),
    };
  } finally {
    await dataset.close();
  }
}
