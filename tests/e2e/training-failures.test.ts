import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { freshFolder, mlaas } from './mlaas.js';

const clientRounds =
  'select client_id, samples_count, participated_flag, fail_reason from client_rounds order by client_id';

describe('training that cannot succeed is recorded, and the run goes on', () => {
  it('a learning rate at which the loss is no longer finite', async () => {
    const command = 'generate --clients 2 --rounds 1 --sample-size 200 --epochs-per-round 20';
    const flags = '--optimizer sgd --momentum 0.99 --learning-rate 100';
    const run = await mlaas(`${command} ${flags}`.split(' '));
    expect(run.code, run.stderr).toBe(0);
    expect(run.stderr).toContain('NO_UPDATES');
    const query = await mlaas(['query', clientRounds, '--format', 'csv'], { cwd: run.cwd });
    const rows = query.stdout.trim().split('\n').slice(1);
    expect(rows).toHaveLength(2);
    for (const row of rows) {
      expect(row).toMatch(/^\d,100,false,TRAINING_FAILED: .*the loss is (NaN|-?Infinity) at step \d+ of 80$/);
    }
  });

  it('a share of nothing, beside one of a single class and one of two', async () => {
    const cwd = freshFolder();
    const shares = { client_1: { 0: 40 }, client_2: {}, client_3: { 1: 20, 2: 20 } };
    writeFileSync(join(cwd, 'shares.json'), JSON.stringify(shares));
    const command = 'generate --clients 3 --rounds 1 --min-samples 0';
    const flags = '--strategy custom --distribution shares.json';
    const run = await mlaas(`${command} ${flags}`.split(' '), { cwd });
    expect(run.code, run.stderr).toBe(0);
    const query = await mlaas(['query', clientRounds, '--format', 'csv'], { cwd });
    const [, ...rows] = query.stdout.trim().split('\n');
    expect(rows).toEqual([
      '0,40,true,',
      '1,0,false,TRAINING_FAILED: training failed: no samples',
      '2,40,true,',
    ]);
  });
});
