import { type Samples, sampleSize } from '../datasets/samples.js';

/** The samples from `start` up to but without `end`; shares their memory. */
export function selectSamples(samples: Samples, start: number, end: number): Samples {
  const { features, labels, targets, inputShape } = samples;
  const size = sampleSize(inputShape);
  const width = targets === undefined ? 0 : targets.length / samples.count;
  return {
    ...samples,
    count: end - start,
    features: features.subarray(start * size, end * size),
    labels: labels.subarray(start, end),
    ...(targets === undefined ? {} : { targets: targets.subarray(start * width, end * width) }),
  };
}
