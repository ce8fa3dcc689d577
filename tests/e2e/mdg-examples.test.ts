import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { dataDir, freshFolder, mlaas, readCsv } from './mlaas.js';

/** The example commands of MDG's README after `generate`, as they stand there. */
const examples: Readonly<Record<string, string>> = {
  'a minimal run': '--clients 5 --dataset fashion_mnist --strategy iid --output clients.csv',
  'quantity skew': '--clients 5 --strategy quantity_skew --distribution-param 0.3 --output qskew.csv',
  'Dirichlet label skew': '--clients 10 --strategy dirichlet --distribution-param 0.2 --output dirichlet.csv',
  shards: '--clients 5 --strategy shard --distribution-param 2 --output shard.csv',
  'fixed labels': '--clients 5 --strategy label_per_client --distribution-param 2 --output klabels.csv',
  'custom distributions':
    '--clients 5 --strategy custom --distribution custom_distributions.json --output custom.csv',
  'a deep model':
    '--clients 10 --dataset mnist --strategy quantity_skew --distribution-param 0.5 --hidden-layers 128,64,32 --activation relu --dropout 0.3 --weight-decay 1e-4 --optimizer adamw --epochs-per-round 3 --batch-size 64 --learning-rate 0.001 --output run_deep.csv',
};

describe.skipIf(dataDir === undefined)('MDG’s examples, reduced (skipped without the data folder)', () => {
  const cwd = freshFolder();

  beforeAll(() => {
    const counts = Object.fromEntries([0, 1, 2, 3, 4].map((i) => [i, { [i]: 20, [i + 5]: 10 }]));
    writeFileSync(join(cwd, 'custom_distributions.json'), JSON.stringify(counts));
  });

  it.each(Object.entries(examples))('%s', async (_, example) => {
    const args = example.split(' ');
    const small = ['--sample-size', '1000', '--rounds', '1', '--data-dir', dataDir ?? ''];
    const run = await mlaas(['generate', ...args, ...small, '--no-save-weights'], { cwd });
    expect(run.code, run.stderr).toBe(0);
    const value = (flag: string): string => args[args.indexOf(flag) + 1] ?? '';
    const rows = readCsv(join(cwd, 'outputs/runs', value('--output')));
    expect(rows).toHaveLength(Number(value('--clients')));
    for (const row of rows) expect(row).toMatchObject({ strategy: value('--strategy'), round: '1' });
  });
});
