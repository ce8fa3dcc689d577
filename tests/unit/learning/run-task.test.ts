import { describe, expect, it } from 'vitest';
import { createModel, datasetInfo, runTask } from '#learning';
import { parseRunConfig } from '#protocol';

const refusal = (message: RegExp) =>
  expect.objectContaining({ code: 'CONFIG_INVALID', message: expect.stringMatching(message) });

describe('the task of a run', () => {
  it('is the dataset’s, where nothing else is asked for', () => {
    expect(runTask(datasetInfo('wine'), parseRunConfig({}))).toBe('classification');
    expect(runTask(datasetInfo('diabetes'), parseRunConfig({ modelType: 'LinReg' }))).toBe('regression');
    expect(runTask(datasetInfo('diabetes'), parseRunConfig({ modelType: 'KMeans' }))).toBe('clustering');
    const { modelType } = parseRunConfig({ taskType: 'clustering' });
    expect(modelType).toBe('kmeans');
  });

  it.each([
    ['mnist', { taskType: 'regression' }, /--task-type regression: mnist is for classification/],
    ['wine', { modelType: 'linreg' }, /--model-type linreg: the task is classification, which mlp, logreg/],
    ['wine', { taskType: 'clustering', modelType: 'mlp' }, /the task is clustering, which kmeans can learn/],
    ['diabetes', { modelType: 'CNN' }, /--model-type cnn: the task is regression, which mlp, linreg/],
    ['wine', { modelType: 'cnn' }, /--model-type cnn: needs images; wine has vectors/],
    ['iris', { modelType: 'lstm' }, /--model-type lstm: needs images or series; iris has vectors/],
  ])('refuses %s with %o', (dataset, config, message) => {
    expect(() => runTask(datasetInfo(dataset), parseRunConfig(config))).toThrow(refusal(message));
  });

  it('refuses convolutions that leave nothing to convolve, by their flag', () => {
    const config = parseRunConfig({ modelType: 'cnn', convFilters: '8,8,8,8,8' });
    expect(() => createModel(datasetInfo('mnist'), config)).toThrow(
      refusal(/--conv-filters 8,8,8,8,8: for samples of 28 x 28 x 1/),
    );
  });

  it('has a model for every family that a dataset can have', () => {
    for (const [dataset, families] of [
      ['digits', ['mlp', 'logreg', 'cnn', 'rnn', 'lstm', 'gru', 'mobilenet']],
      ['iris', ['mlp', 'logreg']],
      ['california_housing', ['mlp', 'linreg']],
    ] as const) {
      for (const modelType of families) {
        const spec = createModel(datasetInfo(dataset), parseRunConfig({ modelType }));
        if (!('layers' in spec)) throw new Error('not a network');
        expect(spec.layers.length).toBeGreaterThan(0);
        expect(spec.loss === 'mean-squared-error').toBe(datasetInfo(dataset).task === 'regression');
      }
    }
  });
});
