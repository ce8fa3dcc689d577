import { type DatasetInfo, labelCounts, openDataset, partition, prepareDataset, shareHash } from '#learning';
import type { ClientShare, RunConfig } from '#protocol';

export interface RunData {
  readonly info: DatasetInfo;
  readonly shares: readonly ClientShare[];
}

/**
 * Gets the dataset ready on this machine and divides it, before any process starts: whatever is
 * wrong with the data or the division shows here.
 */
export async function prepareRunData(config: RunConfig, note: (text: string) => void): Promise<RunData> {
  await prepareDataset(config.dataset, config, note);
  const dataset = await openDataset(config.dataset, config);
  try {
    const { info, trainLabels, contentSha256 } = dataset;
    const shares = partition({
      labels: trainLabels,
      classes: Math.max(1, info.classes),
      clients: config.clients,
      strategy: config.strategy,
      param: config.distributionParam,
      seed: config.seed,
      sampleSize: config.sampleSize,
    });
    return {
      info,
      shares: shares.map((indices, client) => ({
        client,
        samples: indices.length,
        labelCounts: labelCounts(indices, trainLabels, info.classes),
        shareSha256: shareHash(indices, contentSha256),
      })),
    };
  } finally {
    await dataset.close();
  }
}
