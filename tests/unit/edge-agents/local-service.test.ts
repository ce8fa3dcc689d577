import { describe, expect, it } from 'vitest';
import { LocalService } from '#internal/edge-agents/local-service.js';
import { createModel, datasetInfo, initialWeights } from '#learning';
import { configHash, experimentOf, parseRunConfig, type RunConfig, randomStream } from '#protocol';

const settings = { dataset: 'synthetic_digits', sampleSize: 80, clients: 2, rounds: 1 };
const trained = { hiddenLayers: [16], learningRate: 0.02, epochsPerRound: 60 };

/** Client 0's. */
function serviceOf(config: RunConfig): Promise<LocalService> {
  const announced = { runId: 'run', configSha256: configHash(config), experiment: experimentOf(config) };
  return LocalService.open(0, announced, {});
}

/** Client 0's first round under these settings. */
async function firstRound(change: Readonly<Record<string, unknown>>) {
  const config = parseRunConfig({ ...settings, ...change });
  const service = await serviceOf(config);
  const model = createModel(datasetInfo(config.dataset), config);
  const start = initialWeights(model, randomStream(config.seed, 'init'));
  return service.work(1, start, new AbortController().signal);
}

describe('a local service', () => {
  it('stops early where the run says so, and reports the epochs that it made', async () => {
    const plain = await firstRound(trained);
    expect(plain.metrics).toMatchObject({ samples: 40, epochs: 60, steps: 120 });
    const early = await firstRound({ ...trained, earlyStoppingPatience: 2 });
    const { samples, epochs = 0, steps } = early.metrics;
    expect(samples).toBe(36);
    expect(epochs).toBeGreaterThanOrEqual(3);
    expect(epochs).toBeLessThan(60);
    expect(steps).toBe(2 * epochs);
    expect((await firstRound({ ...trained, earlyStoppingPatience: 2 })).weights).toEqual(early.weights);
  });

  it('reports no epochs of a family that has none', async () => {
    const { metrics } = await firstRound({ modelType: 'random_forest', nEstimators: 2 });
    expect(metrics.epochs).toBeUndefined();
    expect(metrics.steps).toBe(2);
    expect(metrics.updateNorm).toBeUndefined();
  });

  it('measures an update of k-means on the centroids, once there are some to be moved', async () => {
    const config = parseRunConfig({ ...settings, modelType: 'kmeans', rounds: 2 });
    const first = await serviceOf(config);
    const unfitted = initialWeights(
      createModel(datasetInfo(config.dataset), config),
      randomStream(1, 'init'),
    );
    const { signal } = new AbortController();
    const { weights, metrics } = await first.work(1, unfitted, signal);
    expect(metrics.updateNorm).toBeUndefined();
    expect(metrics.updateSignature).toBeUndefined();

    // As many samples in each cluster, or a thousand times as many: where the centroids are is all that counts.
    const positions = 10 * 784;
    const darker = weights.map((value, i) => (i < positions ? value / 2 : value));
    const heavier = darker.map((value, i) => (i < positions ? value : 1000 * value));
    const [one, two] = [await first.work(2, darker, signal), await first.work(2, heavier, signal)];
    expect(one.metrics.updateNorm).toBeGreaterThan(0);
    expect(two.metrics.updateNorm).toBe(one.metrics.updateNorm);
    expect(two.metrics.updateSignature).toEqual(one.metrics.updateSignature);
  });
});
