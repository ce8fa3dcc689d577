import { type Samples, sampleSize } from '../datasets/samples.js';

const maxBins = 256;

/** Samples whose features are numbers of bins: column after column, a byte a value. */
export interface BinnedSamples {
  readonly count: number;
  readonly features: number;
  readonly bins: Uint8Array;
  /** For every feature the upper ends of its bins but the last: thresholds in the units of a model's input. */
  readonly edges: readonly Float32Array[];
}

/**
 * Sorts every feature into at most 256 bins: one a value where there are so few, else by quantiles. Split
 * points are half way between neighbouring values, as in exact trees (histogram trees: Ke et al. 2017).
 */
export function binSamples(samples: Samples): BinnedSamples {
  const { count, scale, inputShape } = samples;
  const features = sampleSize(inputShape);
  const bins = new Uint8Array(count * features);
  const edges: Float32Array[] = [];
  const values = new Float64Array(count);
  for (let feature = 0; feature < features; feature++) {
    for (let i = 0; i < count; i++)
      values[i] = (samples.features[i * features + feature] ?? Number.NaN) * scale;
    const own = edgesOf(values.slice().sort());
    for (let i = 0; i < count; i++) bins[feature * count + i] = binOf(values[i] ?? 0, own);
    edges.push(own);
  }
  return { count, features, bins, edges };
}

function edgesOf(sorted: Float64Array): Float32Array {
  const distinct = sorted.filter((value, i) => i === 0 || value !== sorted[i - 1]);
  if (distinct.length <= maxBins) return betweenNeighbours(distinct);
  const quantiles = Float64Array.from(
    { length: maxBins },
    (_, i) => sorted[Math.floor((i * (sorted.length - 1)) / (maxBins - 1))] ?? 0,
  );
  return betweenNeighbours(quantiles.filter((value, i) => i === 0 || value !== quantiles[i - 1]));
}

function betweenNeighbours(ascending: Float64Array): Float32Array {
  return Float32Array.from({ length: ascending.length - 1 }, (_, i) => {
    const low = ascending[i] ?? 0;
    return low + ((ascending[i + 1] ?? 0) - low) / 2;
  });
}

/** The first bin whose upper end is not below the value. */
function binOf(value: number, edges: Float32Array): number {
  let low = 0;
  let high = edges.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (value <= (edges[middle] ?? 0)) high = middle;
    else low = middle + 1;
  }
  return low;
}
