import type { TrainingMetrics } from '#protocol';

/** What a client reports of a round, where a test does not care what. */
export const trainingMetrics: TrainingMetrics = {
  samples: 10,
  steps: 1,
  trainLoss: 1,
  loss: 1,
  accuracy: 0.5,
  updateNorm: 0.1,
  computeTimeS: 1,
  evaluateTimeS: 1,
  dispatchWaitS: 0,
  downloadTimeS: 0,
  uploadTimeS: 0,
  cpuTimeS: 1,
  memoryUsedMb: 80,
  commBytesUp: 4,
  commBytesDown: 4,
};
