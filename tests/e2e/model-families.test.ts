import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { csvColumns } from '#store';
import { freshFolder, mlaas, readCsv } from './mlaas.js';

const small = ['generate', '--clients', '3', '--rounds', '1', '--sample-size', '300', '--json'];

describe('model families and objectives, end to end', () => {
  it.each(['logreg', 'cnn', 'rnn', 'lstm', 'gru'])('%s trains on every client', async (family) => {
    const run = await mlaas([...small, '--model-type', family]);
    expect(run.code, run.stderr).toBe(0);
    expect(run.summary()).toMatchObject({ rows: 3 });
    const query = await mlaas(
      ['query', 'select bool_and(participated_flag) from client_rounds', '--format', 'csv'],
      {
        cwd: run.cwd,
      },
    );
    expect(query.stdout).toBe('bool_and\ntrue\n');
  });

  it('a MobileNet is evaluated by statistics that have caught up with its weights', async () => {
    const flags = ['--clients', '2', '--rounds', '4', '--sample-size', '1600', '--json'];
    const run = await mlaas(['generate', '--model-type', 'mobilenet', ...flags]);
    expect(run.code, run.stderr).toBe(0);
    const last = readCsv(String(run.summary().output)).at(-1);
    expect(Number(last?.global_accuracy)).toBeGreaterThan(0.5);
  });

  const cwd = freshFolder();
  // y depends on x and z, plus what no line can tell.
  const table = Array.from({ length: 120 }, (_, i) => [i % 12, i % 7, 3 * (i % 12) - 2 * (i % 7) + (i % 5)]);
  writeFileSync(join(cwd, 'table.csv'), `x,z,y\n${table.map((row) => row.join(',')).join('\n')}\n`);

  it.each([
    ['random_forest', ['--n-estimators', '12'], ['accuracy', 'f1'], ['rmse', 'silhouette', 'epochs']],
    ['kmeans', ['--task-type', 'clustering'], ['silhouette', 'inertia'], ['accuracy', 'rmse', 'epochs']],
    [
      'linreg',
      ['--dataset', 'csv:table.csv', '--dataset-arg', 'target=y', '--dataset-arg', 'task=regression'],
      ['rmse', 'mae', 'r2', 'epochs'],
      ['accuracy', 'f1', 'silhouette'],
    ],
  ])('%s fills the columns of its task, alike in every run', async (family, flags, filled, empty) => {
    const sizes = family === 'linreg' ? ['--learning-rate', '0.1'] : ['--sample-size', '300'];
    const args = ['generate', '--clients', '3', '--rounds', '2', '--model-type', family, ...sizes, ...flags];
    const once = async (name: string) => {
      const run = await mlaas([...args, '--name', name, '--json'], { cwd });
      expect(run.code, run.stderr).toBe(0);
      return readCsv(String(run.summary().output));
    };
    const rows = await once(`${family}-1`);
    expect(rows).toHaveLength(6);
    for (const row of rows) {
      expect(row).toMatchObject({ model_type: family, participated_flag: 'true', availability_flag: 'true' });
      for (const name of ['samples_count', 'metric_score', 'global_aux_metric', ...filled]) {
        expect(Number(row[name] || Number.NaN), name).not.toBeNaN();
      }
      for (const name of empty) expect(row[name], name).toBe('');
    }
    const repeatable = csvColumns.flatMap(({ name, provenance }) =>
      provenance === 'measured' || ['run_id', 'run_name'].includes(name) ? [] : [name],
    );
    const pick = (all: typeof rows) => all.map((row) => repeatable.map((name) => [name, row[name]]));
    expect(pick(await once(`${family}-2`))).toEqual(pick(rows));
  });

  it('an MLP with dropout, AdamW, clipping and FedProx gives the same weights twice', async () => {
    const flags = [
      '--dropout',
      '0.2',
      '--activation',
      'gelu',
      '--optimizer',
      'adamw',
      '--weight-decay',
      '1e-4',
    ];
    const once = async () => {
      const run = await mlaas([...small, ...flags, '--clip-norm', '1', '--proximal-mu', '0.01']);
      expect(run.code, run.stderr).toBe(0);
      return run.summary().weights_sha256;
    };
    expect(await once()).toBe(await once());
  });

  it('another aggregation gives other weights', async () => {
    const hashes = await Promise.all(
      ['fedavg', 'median'].map(async (name) => {
        const run = await mlaas([...small, '--aggregation', name]);
        return run.summary().weights_sha256;
      }),
    );
    expect(new Set(hashes).size).toBe(2);
  });

  it('trains by TensorFlow.js where that is chosen', async () => {
    const run = await mlaas([...small, '--engine', 'tfjs', '--model-type', 'logreg']);
    expect(run.code, run.stderr).toBe(0);
    const sql =
      "select value, bool_and(participated_flag) from run_params, client_rounds where scope = 'engine' and key = 'name' group by value";
    const query = await mlaas(['query', sql, '--format', 'csv'], { cwd: run.cwd });
    expect(query.stdout).toMatch(/\ntfjs-\w+ [\d.]+,true\n$/);
  });
});
