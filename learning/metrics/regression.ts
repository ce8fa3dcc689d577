import type { Evaluation } from '../trainer.js';

/**
 * The measures of predicted values against targets, summed in float64.
 * @param predicted row after row, as many values a sample as there are targets
 */
export function regressionEvaluation(
  predicted: Float32Array,
  targets: Float32Array,
  samples: number,
): Evaluation {
  const values = targets.length;
  let squares = 0;
  let distances = 0;
  let sum = 0;
  for (let i = 0; i < values; i++) {
    const error = (predicted[i] ?? Number.NaN) - (targets[i] ?? Number.NaN);
    squares += error * error;
    distances += Math.abs(error);
    sum += targets[i] ?? Number.NaN;
  }
  const mean = sum / values;
  let spread = 0;
  for (let i = 0; i < values; i++) spread += ((targets[i] ?? Number.NaN) - mean) ** 2;
  const rmse = Math.sqrt(squares / values);
  return {
    samples,
    loss: squares / values,
    rmse,
    mae: distances / values,
    ...(spread > 0 ? { r2: 1 - squares / spread } : {}),
    metricScore: 1 / (1 + rmse),
  };
}
