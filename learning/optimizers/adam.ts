import type { OptimizerStep } from './optimizer.js';

const beta1 = 0.9;
const beta2 = 0.999;
const epsilon = 1e-7;

/**
 * Adam (Kingma & Ba 2015, Algorithm 1) with the constants of Keras and TensorFlow.js. The bias
 * corrections of both moments are drawn out of the loop, which leaves the formula as it is.
 */
export function adam(learningRate: number, parameterCount: number): OptimizerStep {
  const first = new Float32Array(parameterCount);
  const second = new Float32Array(parameterCount);
  let step = 0;
  return (weights, gradient) => {
    step++;
    const rate = learningRate / (1 - beta1 ** step);
    const rootScale = 1 / Math.sqrt(1 - beta2 ** step);
    for (let i = 0; i < weights.length; i++) {
      const g = gradient[i] ?? 0;
      const m = beta1 * (first[i] ?? 0) + (1 - beta1) * g;
      const v = beta2 * (second[i] ?? 0) + (1 - beta2) * g * g;
      first[i] = m;
      second[i] = v;
      weights[i] = (weights[i] ?? 0) - (rate * m) / (Math.sqrt(v) * rootScale + epsilon);
    }
  };
}
