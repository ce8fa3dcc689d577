import type { ClientShare, RunConfig } from '#protocol';
import type { RunData } from '../run-data.js';

/** What a preview shows of a partition, whatever it is drawn on. */
export interface Preview {
  readonly title: string;
  /** Names of the labels, or of a regression's bins. */
  readonly labels: readonly string[];
  readonly shares: readonly ClientShare[];
  /** Mean total variation distance between the labels of two clients. */
  readonly meanPairwiseDistance: number;
  /** The largest count of one label at one client. */
  readonly largest: number;
}

export function createPreview(config: RunConfig, data: RunData): Preview {
  const { info, shares, meanPairwiseDistance } = data;
  const labels = (shares[0]?.labelCounts ?? []).map((_, k) => info.classNames[k] ?? `${labelWord(info)}${k}`);
  const param = config.distributionParam === undefined ? '' : ` ${config.distributionParam}`;
  return {
    title: `${config.dataset}, ${config.strategy}${param}, seed ${config.seed}`,
    labels,
    shares,
    meanPairwiseDistance,
    largest: Math.max(1, ...shares.map(({ labelCounts }) => Math.max(...labelCounts))),
  };
}

const labelWord = ({ task }: RunData['info']): string => (task === 'regression' ? 'bin ' : '');
