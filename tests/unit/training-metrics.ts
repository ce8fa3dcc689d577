import { type Quality, type TrainingMetrics, weightsToBytes } from '#protocol';

/** A classifier's quality, where a test does not care how good. */
export const quality = (accuracy: number, loss = 1): Quality => ({
  loss,
  accuracy,
  f1: accuracy / 2,
  balancedAccuracy: accuracy / 4,
  metricScore: accuracy,
});

/** What a client reports of a round, where a test does not care what. */
export const trainingMetrics: TrainingMetrics = {
  samples: 100,
  steps: 4,
  epochs: 1,
  trainLoss: 2.25,
  test: quality(0.5, 2.125),
  trainBefore: quality(0.125, 2.5),
  trainAfter: quality(0.75, 2),
  updateNorm: 0.125,
  updateSignature: weightsToBytes(new Float32Array(256).fill(1 / 16)),
  paramsCount: 100_000,
  inference: {
    requests: 100,
    latencyMeanMs: 0.5,
    latencyP50Ms: 0.25,
    latencyP95Ms: 1,
    latencyP99Ms: 2,
    throughput: 10_000,
  },
  computeTimeS: 1.5,
  evaluateTimeS: 0.25,
  dispatchWaitS: 0.01,
  downloadTimeS: 0.02,
  serializeTimeS: 0.001,
  uploadTimeS: 0.03,
  cpuTimeS: 1.4,
  cpuUtilization: 0.93,
  memoryUsedMb: 90.5,
  memoryUtilization: 0.01,
  commBytesUp: 400_000,
  commBytesDown: 400_000,
};

/** What the aggregator knows of a client's round besides. */
export const clientContext = {
  testBefore: quality(0.25, 2.5),
  aggregationWaitS: 0.5,
};
