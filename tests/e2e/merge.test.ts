import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { freshFolder, mlaas, readCsv } from './mlaas.js';

describe('mlaas merge', () => {
  const cwd = freshFolder();
  const runs: string[] = [];
  const small = ['generate', '--clients', '2', '--rounds', '2', '--sample-size', '200', '--json'];

  beforeAll(async () => {
    for (const output of ['a.csv', 'b.csv']) {
      const run = await mlaas([...small, '--seed', String(runs.length), '--output', output], { cwd });
      expect(run.code, run.stderr).toBe(0);
      runs.push(String(run.summary().run_id));
    }
  });

  it('merges by pattern, leaves its own output out, and finds the duplicates', async () => {
    const args = [
      'merge',
      'outputs/runs/a.csv',
      'outputs/runs/*.csv',
      '--output',
      'merged.csv',
      '--dedupe',
      '--json',
    ];
    const first = await mlaas(args, { cwd });
    expect(first.code, first.stderr).toBe(0);
    expect(first.summary()).toMatchObject({ inputs: 2, rows: 8, duplicates: 0 });
    const again = await mlaas(args, { cwd });
    expect(again.summary()).toMatchObject({ inputs: 2, rows: 8 });
    const output = String(again.summary().output);
    expect(readCsv(output).map(({ id }) => id)).toEqual(['1', '2', '3', '4', '5', '6', '7', '8']);
    const twice = await mlaas(
      ['merge', output, 'outputs/runs/b.csv', '--output', 'twice.csv', '--dedupe', '--json'],
      { cwd },
    );
    expect(twice.summary()).toMatchObject({ rows: 8, duplicates: 4 });
    expect(readFileSync(String(twice.summary().output), 'utf8')).toBe(readFileSync(output, 'utf8'));
  });

  it('merges stored runs into the same file as their CSVs', async () => {
    const output = join(cwd, 'stored.csv');
    const stored = await mlaas(['merge', ...runs.flatMap((run) => ['--run', run]), '--output', output], {
      cwd,
    });
    expect(stored.code, stored.stderr).toBe(0);
    const files = join(cwd, 'files.csv');
    await mlaas(['merge', 'outputs/runs/a.csv', 'outputs/runs/b.csv', '--output', files], { cwd });
    expect(readFileSync(output, 'utf8')).toBe(readFileSync(files, 'utf8'));
  });

  it('refuses what it cannot merge and leaves no file', async () => {
    writeFileSync(join(cwd, 'bad.csv'), 'round,client_id\n1,0\n2\n');
    const bad = await mlaas(['merge', 'bad.csv', '--output', 'bad-merged.csv'], { cwd });
    expect(bad.code).toBe(14);
    expect(bad.stderr).toMatch(/bad\.csv:3: 1 fields, where the header has 2/);
    expect(existsSync(join(cwd, 'outputs/runs/bad-merged.csv'))).toBe(false);
    expect((await mlaas(['merge', 'none-*.csv', '--output', 'm.csv'], { cwd })).stderr).toContain(
      'none-*.csv: no such file',
    );
    expect((await mlaas(['merge', '--output', 'm.csv'], { cwd })).code).toBe(2);
    expect((await mlaas(['merge', '--run', 'nothing', '--output', 'm.csv'], { cwd })).code).toBe(35);
  });
});
