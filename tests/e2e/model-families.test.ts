import { describe, expect, it } from 'vitest';
import { mlaas } from './mlaas.js';

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
