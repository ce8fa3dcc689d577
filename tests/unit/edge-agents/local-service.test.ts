import { describe, expect, it } from 'vitest';
import { LocalService } from '#internal/edge-agents/local-service.js';
import { createModel, datasetInfo, initialWeights } from '#learning';
import { configHash, experimentOf, parseRunConfig, randomStream } from '#protocol';

const settings = {
  dataset: 'synthetic_digits',
  sampleSize: 80,
  clients: 2,
  rounds: 1,
  hiddenLayers: [16],
  learningRate: 0.02,
  epochsPerRound: 60,
};

/** Client 0's first round under these settings. */
async function firstRound(change: Readonly<Record<string, unknown>>) {
  const config = parseRunConfig({ ...settings, ...change });
  const announced = { runId: 'run', configSha256: configHash(config), experiment: experimentOf(config) };
  const service = await LocalService.open(0, announced, {});
  const model = createModel(datasetInfo(config.dataset), config);
  const start = initialWeights(model, randomStream(config.seed, 'init'));
  return service.work(1, start, new AbortController().signal);
}

describe('a local service', () => {
  it('stops early where the run says so, and reports the epochs that it made', async () => {
    const plain = await firstRound({});
    expect(plain.metrics).toMatchObject({ samples: 40, epochs: 60, steps: 120 });
    const early = await firstRound({ earlyStoppingPatience: 2 });
    const { samples, epochs = 0, steps } = early.metrics;
    expect(samples).toBe(36);
    expect(epochs).toBeGreaterThanOrEqual(3);
    expect(epochs).toBeLessThan(60);
    expect(steps).toBe(2 * epochs);
    expect((await firstRound({ earlyStoppingPatience: 2 })).weights).toEqual(early.weights);
  });

  it('reports no epochs of a family that has none', async () => {
    const { metrics } = await firstRound({ modelType: 'random_forest', nEstimators: 2 });
    expect(metrics.epochs).toBeUndefined();
    expect(metrics.steps).toBe(2);
  });
});
