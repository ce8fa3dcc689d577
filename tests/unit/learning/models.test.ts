import { describe, expect, it } from 'vitest';
import { softmaxCrossEntropy } from '#internal/learning/models/softmax-cross-entropy.js';
import { initWeights, mlpSpec, weightLayout } from '#learning';
import { randomStream } from '#protocol';

const spec = mlpSpec({ inputShape: [28, 28, 1], classes: 10 }, [128, 64]);

describe('weight layout', () => {
  it('lays an MLP out layer after layer, kernel before bias', () => {
    const { tensors, parameterCount } = weightLayout(spec);
    expect(parameterCount).toBe(784 * 128 + 128 + 128 * 64 + 64 + 64 * 10 + 10);
    expect(tensors.map(({ name, shape, offset }) => [name, shape, offset])).toEqual([
      ['0/kernel', [784, 128], 0],
      ['0/bias', [128], 100_352],
      ['1/kernel', [128, 64], 100_480],
      ['1/bias', [64], 108_672],
      ['2/kernel', [64, 10], 108_736],
      ['2/bias', [10], 109_376],
    ]);
  });

  it('without hidden layers is a linear model', () => {
    const linear = mlpSpec({ inputShape: [4], classes: 3 }, []);
    expect(linear.layers).toEqual([{ kind: 'dense', units: 3, activation: 'linear' }]);
    expect(weightLayout(linear).parameterCount).toBe(15);
  });
});

describe('initial weights', () => {
  it('are Glorot uniform, biases zero', () => {
    const weights = initWeights(spec, randomStream(3, 'init'));
    for (const { name, shape, offset, size } of weightLayout(spec).tensors) {
      const own = weights.subarray(offset, offset + size);
      if (name.endsWith('bias')) {
        expect(own.every((weight) => weight === 0)).toBe(true);
        continue;
      }
      const limit = Math.sqrt(6 / (shape[0]! + shape[1]!));
      const mean = own.reduce((sum, weight) => sum + weight, 0) / size;
      const variance = own.reduce((sum, weight) => sum + weight ** 2, 0) / size;
      expect(Math.max(...own.map(Math.abs))).toBeLessThanOrEqual(limit);
      expect(Math.abs(mean)).toBeLessThan((4 * limit) / Math.sqrt(3 * size));
      expect(variance / (limit ** 2 / 3)).toBeCloseTo(1, 0);
    }
  });

  it('are the same for the same seed only', () => {
    expect(initWeights(spec, randomStream(3, 'init'))).toEqual(initWeights(spec, randomStream(3, 'init')));
    expect(initWeights(spec, randomStream(4, 'init'))).not.toEqual(
      initWeights(spec, randomStream(3, 'init')),
    );
  });
});

describe('softmax cross-entropy', () => {
  it('is ln(classes) for even logits, and takes the first of equals', () => {
    const { lossSum, predicted } = softmaxCrossEntropy(new Float32Array(8), Uint8Array.of(0, 3));
    expect(lossSum).toBeCloseTo(2 * Math.log(4), 12);
    expect([...predicted]).toEqual([0, 0]);
  });

  it('adds the rows of a batch up, each with the class of its largest logit', () => {
    const logits = Float32Array.of(0, 2, 1, 3, 0, -1);
    const { lossSum, predicted } = softmaxCrossEntropy(logits, Uint8Array.of(2, 0));
    const first = Math.log(1 + Math.exp(2) + Math.exp(1)) - 1;
    const second = Math.log(Math.exp(3) + 1 + Math.exp(-1)) - 3;
    expect(lossSum).toBeCloseTo(first + second, 12);
    expect([...predicted]).toEqual([1, 0]);
  });

  it('is not finite for a class that has no logit', () => {
    expect(softmaxCrossEntropy(new Float32Array(4), Uint8Array.of(2, 0)).lossSum).toBeNaN();
  });

  it('does not overflow', () => {
    const { lossSum } = softmaxCrossEntropy(Float32Array.of(1e30, -1e30, 0), Uint8Array.of(0));
    expect(lossSum).toBe(0);
  });

  it('is not finite for logits that are not', () => {
    const { lossSum } = softmaxCrossEntropy(Float32Array.of(Number.NaN, 0), Uint8Array.of(1));
    expect(lossSum).toBeNaN();
  });
});
