import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { drawPlan, type PlanRequest, planName } from '#internal/cli/autogen/draw-plan.js';
import { splitRuns } from '#internal/cli/autogen/task-split.js';
import { datasetInfo, datasetNames } from '#learning';
import { FleetError, parseRunConfig } from '#protocol';

const request: PlanRequest = {
  runs: 90,
  taskSplit: '100,0,0',
  seed: 7,
  datasets: ['mnist', 'iris', 'digits'].map(datasetInfo),
  fixed: {},
  shared: {},
};
const accept = async (): Promise<void> => {};
const tally = (values: readonly unknown[]): number[] =>
  [...new Set(values)].map((value) => values.filter((one) => one === value).length).sort((a, b) => a - b);

describe('splitRuns', () => {
  it('gives every task its share, to the nearest run, and loses none', () => {
    const split = fc
      .tuple(fc.nat(100), fc.nat(100))
      .map(([a, b]) => [Math.min(a, b), Math.abs(a - b)] as const);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5000 }), split, (runs, [a, b]) => {
        const shares = [a, b, 100 - a - b];
        const counts = Object.values(splitRuns(runs, shares.join(',')));
        expect(counts.reduce((x, y) => x + y)).toBe(runs);
        counts.forEach((count, i) => {
          expect(Math.abs(count - (runs * shares[i]!) / 100)).toBeLessThan(1);
        });
      }),
    );
  });

  it.each(['60,40', '60,25,25', '60,,40', 'a,b,c', '120,-10,-10'])('refuses %j', (split) => {
    expect(() => splitRuns(10, split)).toThrow(`--task-split ${split}: must be three shares`);
  });
});

describe('drawPlan', () => {
  it('gives the same plan for the same request, another for another seed', async () => {
    const plan = await drawPlan(request, accept);
    expect(await drawPlan(request, accept)).toEqual(plan);
    const other = await drawPlan({ ...request, seed: 8 }, accept);
    expect(other.map(({ settings }) => settings)).not.toEqual(plan.map(({ settings }) => settings));
    expect(planName({ ...request, seed: 8 })).not.toBe(planName(request));
  });

  it('deals evenly: to datasets, to the families of a dataset, and two distributions to a family', async () => {
    const plan = (await drawPlan(request, accept)).map(({ settings }) => settings);
    expect(tally(plan.map(({ dataset }) => dataset))).toEqual([30, 30, 30]);
    for (const name of ['mnist', 'iris', 'digits']) {
      const runs = plan.filter(({ dataset }) => dataset === name);
      const families = tally(runs.map(({ modelType }) => modelType));
      expect(families.at(-1)! - families[0]!).toBeLessThanOrEqual(1);
      for (const family of new Set(runs.map(({ modelType }) => modelType))) {
        const strategies = runs
          .filter(({ modelType }) => modelType === family)
          .map(({ strategy }) => strategy);
        expect(new Set(strategies).size).toBe(Math.min(2, strategies.length));
      }
    }
  });

  it('draws only what a run accepts, with a name and a seed of its own', async () => {
    const plan = await drawPlan({ ...request, datasets: datasetNames.map(datasetInfo), runs: 200 }, accept);
    for (const { settings } of plan) expect(() => parseRunConfig(settings)).not.toThrow();
    expect(new Set(plan.map(({ name }) => name)).size).toBe(200);
    expect(new Set(plan.map(({ settings }) => settings.seed)).size).toBeGreaterThan(190);
    const small = plan.filter(({ settings }) => settings.dataset === 'iris');
    for (const { settings } of small) expect(settings.clients).toBe(5);
  });

  it('gives early stopping to the families that have epochs, and leaves the others in', async () => {
    const fixed = { earlyStoppingPatience: '2' };
    const plan = await drawPlan({ ...request, fixed, taskSplit: '80,0,20' }, accept);
    const patience = (family: string) =>
      new Set(
        plan
          .filter(({ settings }) => settings.modelType === family)
          .map(({ settings }) => settings.earlyStoppingPatience),
      );
    expect(patience('mlp')).toEqual(new Set(['2']));
    expect(patience('random_forest')).toEqual(new Set([undefined]));
    expect(patience('kmeans')).toEqual(new Set([undefined]));
    for (const { settings } of plan) expect(() => parseRunConfig(settings)).not.toThrow();
  });

  it('gives every run the fixed values, a small dataset as many samples as it has', async () => {
    const fixed = { rounds: '2', sampleSize: '500', modelType: 'mlp' };
    const plan = await drawPlan({ ...request, fixed }, accept);
    for (const { settings } of plan) {
      expect(settings).toMatchObject({ rounds: '2', modelType: 'mlp' });
      expect(settings.sampleSize).toBe(settings.dataset === 'iris' ? undefined : '500');
      expect(settings).not.toHaveProperty('sampleFrac');
    }
  });

  it('draws for forests and k-means what they learn by, in one round', async () => {
    const datasets = datasetNames.map(datasetInfo);
    const plan = await drawPlan({ ...request, datasets, runs: 300, taskSplit: '60,25,15' }, accept);
    const of = (family: string) =>
      plan.map(({ settings }) => settings).filter(({ modelType }) => modelType === family);
    for (const settings of of('kmeans')) {
      const { classes } = datasetInfo(String(settings.dataset));
      expect(settings).toMatchObject({ taskType: 'clustering', rounds: 1, tol: expect.any(Number) });
      expect(settings).not.toHaveProperty('optimizer');
      if (classes === 0) expect(settings).not.toHaveProperty('clusters');
      else expect(Math.abs(Number(settings.clusters) - classes)).toBeLessThanOrEqual(2);
    }
    expect(new Set(of('kmeans').map(({ init }) => init))).toEqual(new Set(['k-means++', 'random']));
    for (const settings of of('random_forest')) {
      expect(settings).toMatchObject({ rounds: 1, nEstimators: expect.any(Number) });
      expect(settings).not.toHaveProperty('learningRate');
    }
    expect(new Set(of('random_forest').map(({ taskType }) => taskType)).size).toBe(2);
  });

  it('draws a run again that cannot be, and gives up in the end', async () => {
    const impossible = new FleetError('PARTITION_IMPOSSIBLE', 'too few');
    const plan = await drawPlan({ ...request, runs: 10 }, async ({ batchSize }) => {
      if (batchSize === 64) throw impossible;
    });
    expect(plan.filter(({ settings }) => settings.batchSize === 64)).toEqual([]);
    await expect(
      drawPlan(request, async () => {
        throw impossible;
      }),
    ).rejects.toBe(impossible);
  });

  it('refuses a task that nothing here can learn', async () => {
    await expect(drawPlan({ ...request, taskSplit: '0,100,0' }, accept)).rejects.toThrow(
      'no dataset and model family here for regression',
    );
  });
});
