import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ClassificationMeter } from '#internal/learning/metrics/classification.js';
import { evaluateOutputs, type OutputBatch } from '#internal/learning/metrics/evaluate-outputs.js';
import { regressionEvaluation } from '#internal/learning/metrics/regression.js';
import type { Samples } from '#learning';

const samplesOf = (labels: readonly number[], targets?: Float32Array): Samples => ({
  count: labels.length,
  inputShape: [1],
  features: new Float32Array(labels.length),
  scale: 1,
  labels: Uint8Array.from(labels),
  ...(targets === undefined ? {} : { targets }),
});

async function* inBatches(outputs: Float32Array, count: number, size: number): AsyncGenerator<OutputBatch> {
  const width = outputs.length / count;
  for (let begin = 0; begin < count; begin += size) {
    const end = Math.min(begin + size, count);
    yield { begin, end, outputs: outputs.subarray(begin * width, end * width) };
  }
}

/** Logits that say nothing but the class. */
const logitsOf = (predicted: readonly number[], classes: number): Float32Array =>
  Float32Array.from(
    predicted.flatMap((label) => Array.from({ length: classes }, (_, i) => (i === label ? 5 : 0))),
  );

describe('classification', () => {
  it('gives what scikit-learn gives', () => {
    // sklearn.metrics of y = [0,0,0,0,1,1,2,2,2], p = [0,0,1,0,1,0,2,2,3]: class 3 is predicted, never true.
    const meter = new ClassificationMeter(5);
    meter.add(logitsOf([0, 0, 1, 0, 1, 0, 2, 2, 3], 5), Uint8Array.of(0, 0, 0, 0, 1, 1, 2, 2, 2));
    const evaluation = meter.evaluation();
    expect(evaluation.accuracy).toBeCloseTo(6 / 9, 12);
    expect(evaluation.f1).toBeCloseTo((0.75 + 0.5 + 0.8 + 0) / 4, 12);
    expect(evaluation.balancedAccuracy).toBeCloseTo((0.75 + 0.5 + 2 / 3) / 3, 12);
    expect(evaluation.metricScore).toBe(evaluation.accuracy);
  });

  it('is the same whatever the batches', async () => {
    const label = fc.integer({ min: 0, max: 3 });
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(label, label), { minLength: 1, maxLength: 40 }),
        fc.integer({ min: 1, max: 50 }),
        async (pairs, size) => {
          const samples = samplesOf(pairs.map(([actual]) => actual));
          const logits = logitsOf(
            pairs.map(([, predicted]) => predicted),
            4,
          );
          const whole = await evaluateOutputs(
            'softmax-cross-entropy',
            samples,
            inBatches(logits, pairs.length, pairs.length),
          );
          const parts = await evaluateOutputs(
            'softmax-cross-entropy',
            samples,
            inBatches(logits, pairs.length, size),
          );
          expect({ ...parts, loss: 0 }).toEqual({ ...whole, loss: 0 });
          expect(parts.loss).toBeCloseTo(whole.loss, 10);
          const right = pairs.filter(([actual, predicted]) => actual === predicted).length;
          expect(whole.accuracy).toBe(right / pairs.length);
        },
      ),
    );
  });

  it('of a single class is sound', () => {
    const meter = new ClassificationMeter(3);
    meter.add(logitsOf([1, 1], 3), Uint8Array.of(1, 1));
    expect(meter.evaluation()).toMatchObject({ accuracy: 1, f1: 1, balancedAccuracy: 1 });
  });

  it('refuses logits that are no numbers', async () => {
    const logits = Float32Array.of(Number.NaN, 1);
    await expect(
      evaluateOutputs('softmax-cross-entropy', samplesOf([0]), inBatches(logits, 1, 1)),
    ).rejects.toMatchObject({ code: 'TRAINING_FAILED' });
  });
});

describe('regression', () => {
  it('gives what scikit-learn gives', () => {
    // Its own example: r2_score([3, -0.5, 2, 7], [2.5, 0.0, 2, 8]) = 0.948…, MSE 0.375, MAE 0.5.
    const evaluation = regressionEvaluation(Float32Array.of(2.5, 0, 2, 8), Float32Array.of(3, -0.5, 2, 7), 4);
    expect(evaluation.loss).toBe(0.375);
    expect(evaluation.mae).toBe(0.5);
    expect(evaluation.rmse).toBeCloseTo(Math.sqrt(0.375), 12);
    expect(evaluation.r2).toBeCloseTo(0.9486081370449679, 12);
    expect(evaluation.metricScore).toBeCloseTo(1 / (1 + Math.sqrt(0.375)), 12);
  });

  it('has no r2 where all targets are equal', () => {
    expect(regressionEvaluation(Float32Array.of(1, 2), Float32Array.of(2, 2), 2).r2).toBeUndefined();
  });
});
