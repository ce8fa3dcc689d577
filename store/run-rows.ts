import { canonicalJson, experimentOf, type RunConfig, type RunEvent, shownSetting } from '#protocol';
import type { Row } from './tables/index.js';

type RunStarted = Extract<RunEvent, { type: 'run-started' }>;

/** The row of a run that begins. */
export function runRow({ runId, ts, config, configSha256, codeVersion }: RunStarted): Row<'runs'> {
  return {
    run_id: runId,
    name: config.name ?? runId,
    status: 'running',
    reason: null,
    created_at: ts,
    finished_at: null,
    config: withoutSecrets(config),
    config_sha256: configSha256,
    code_version: codeVersion,
    dataset: config.dataset,
    task_type: config.taskType ?? 'classification',
    model_type: config.modelType,
    strategy: config.strategy,
    distribution_param: config.distributionParam ?? null,
    composition: config.composition,
    seed: config.seed,
    clients: config.clients,
    rounds: config.rounds,
    rounds_finished: 0,
    global_accuracy: null,
    global_loss: null,
    global_metric_score: null,
    weights_sha256: null,
  };
}

/** Configuration and facts of a run; facts are named `scope.key`, such as `engine.name`. */
export function paramRows({ runId, config, params }: RunStarted): Row<'run_params'>[] {
  const experiment = experimentOf(config);
  const row = (scope: string, key: string, value: unknown): Row<'run_params'> => ({
    run_id: runId,
    scope,
    key,
    value: typeof value === 'string' ? value : canonicalJson(value),
  });
  return [
    ...Object.entries(withoutSecrets(config))
      .filter(([, value]) => value !== undefined)
      .map(([key, value]) => row(key in experiment ? 'experiment' : 'deployment', key, value)),
    ...Object.entries(params).map(([name, value]) => {
      const [scope = '', ...key] = name.split('.');
      return key.length === 0 ? row('fact', name, value) : row(scope, key.join('.'), value);
    }),
  ];
}

/** The configuration with the passwords of its URLs left out: datasets are published. */
function withoutSecrets(config: RunConfig): Record<string, unknown> {
  return Object.fromEntries(Object.entries(config).map(([key, value]) => [key, shownSetting(value)]));
}
