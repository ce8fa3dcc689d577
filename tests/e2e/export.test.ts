import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SmallDisk } from '../contract/small-disk.js';
import { freshFolder, Mlaas, mlaas } from './mlaas.js';

const entryPoint = fileURLToPath(new URL('../../dist/bin/mlaas.js', import.meta.url));

describe('a run as a dataset', () => {
  const cwd = freshFolder();
  let run: Mlaas & { code: number | null };

  beforeAll(async () => {
    const flags = ['--clients', '2', '--rounds', '2', '--sample-size', '200', '--name', 'small'];
    run = await mlaas(['generate', ...flags, '--strategy', 'dirichlet', '--json'], { cwd });
    expect(run.code, run.stderr).toBe(0);
  });

  it('is exported where its task leaves accuracy empty', async () => {
    const cwd = freshFolder();
    const rows = Array.from({ length: 60 }, (_, i) => `${i % 7},${2 * (i % 7) + (i % 3)}`);
    writeFileSync(join(cwd, 'line.csv'), `x,y\n${rows.join('\n')}\n`);
    const dataset = [
      '--dataset',
      'csv:line.csv',
      '--dataset-arg',
      'target=y',
      '--dataset-arg',
      'task=regression',
    ];
    const flags = ['--model-type', 'linreg', '--clients', '2', '--rounds', '1', '--name', 'line', ...dataset];
    const line = await mlaas(['generate', ...flags], { cwd });
    expect(line.code, line.stderr).toBe(0);
    const exported = await mlaas(
      ['export', '--run', 'line', '--out', 'line', '--format', 'parquet,csv,arrow'],
      {
        cwd,
      },
    );
    expect(exported.code, exported.stderr).toBe(0);
  });

  it('is exported, verified and imported by the commands', async () => {
    const flags = ['--run', 'small', '--out', 'dataset', '--format', 'parquet,csv,arrow'];
    const exported = await mlaas(
      ['export', ...flags, '--title', 'Small', '--author', 'A. Author', '--json'],
      { cwd },
    );
    expect(exported.code, exported.stderr).toBe(0);
    expect(exported.summary()).toMatchObject({ rows: { runs: 1, client_rounds: 4, service_instances: 2 } });

    const verified = await mlaas(['export', 'verify', 'dataset'], { cwd });
    expect(verified.code, verified.stderr).toBe(0);
    expect(verified.stdout).toContain(String(exported.summary().sha256));
    execFileSync('sha256sum', ['-c', '--quiet', 'SHA256SUMS'], { cwd: join(cwd, 'dataset') });

    const imported = await mlaas(['import', 'dataset', '--store-dir', 'other', '--json'], { cwd });
    expect(imported.code, imported.stderr).toBe(0);
    const sql = 'select client_id, round, accuracy from client_rounds order by 1, 2';
    const here = await mlaas(['query', sql, '--format', 'csv'], { cwd });
    const there = await mlaas(['query', sql, '--format', 'csv', '--store-dir', 'other'], { cwd });
    expect(there.stdout).toBe(here.stdout);
  });

  it('is made again by reproduce.sh, which notices other weights', async () => {
    const again = freshFolder();
    const script = join(cwd, 'dataset/reproduce.sh');
    const env = { ...process.env, MLAAS: `${process.execPath} ${entryPoint}` };
    const output = execFileSync(script, { cwd: again, env, encoding: 'utf8', stdio: 'pipe' });
    expect(output).toBe(`again-small: the same weights, ${run.summary().weights_sha256}\n`);

    const other = join(again, 'other.sh');
    writeFileSync(other, readFileSync(script, 'utf8').replace('seed: 42', 'seed: 43'), { mode: 0o755 });
    expect(() => execFileSync(other, { cwd: again, env, stdio: 'pipe' })).toThrow('OTHER WEIGHTS');
  });

  it('is made again up to its last round where it was interrupted', async () => {
    const folder = freshFolder();
    const flags = ['--clients', '2', '--rounds', '5000', '--sample-size', '100', '--name', 'long', '--json'];
    const interrupted = new Mlaas(['generate', ...flags], { cwd: folder });
    await interrupted.sees(/round 2\/5000/);
    interrupted.child.kill('SIGINT');
    expect(await interrupted.exit()).toMatchObject({ code: 130 });
    const exported = await mlaas(['export', '--run', 'long', '--out', 'dataset'], { cwd: folder });
    expect(exported.code, exported.stderr).toBe(0);
    const env = { ...process.env, MLAAS: `${process.execPath} ${entryPoint}` };
    const output = execFileSync(join(folder, 'dataset/reproduce.sh'), { cwd: freshFolder(), env });
    expect(String(output)).toMatch(/^again-long: the same weights, [0-9a-f]{64}\n$/);
  });

  it.each([
    [2, [], 'USAGE'],
    [2, ['--run', 'small', '--out', 'x', '--format', 'xml'], 'USAGE'],
    [2, ['--run', 'small', '--out', 'x', '--layer', 'everything'], 'USAGE'],
    [2, ['--run', 'small', '--out', 'x', '--url', 'javascript:alert(1)'], 'USAGE'],
    [35, ['--run', 'none', '--out', 'x'], 'RUN_UNKNOWN'],
    [37, ['--run', 'small', '--out', 'dataset'], 'EXPORT_EXISTS'],
    [36, ['--run', 'small', '--out', 'dataset/README.md/x'], 'OUTPUT_UNWRITABLE'],
    [38, ['verify', 'data'], 'EXPORT_DAMAGED'],
  ])('ends with %i for %j', async (code, args, name) => {
    const failed = await mlaas(['export', ...args], { cwd });
    expect(failed.code, failed.stderr).toBe(code);
    expect(failed.stderr).toMatch(new RegExp(`^mlaas: error ${name}: .*\\n$`));
    expect(existsSync(join(cwd, 'x'))).toBe(false);
  });
});

describe('an export to a full disk', () => {
  const disk = SmallDisk.mount('1m');
  if (disk === undefined) console.warn('skipped: export to a full disk: no tmpfs can be mounted here');
  afterAll(() => disk?.remove());

  it.skipIf(disk === undefined)('says so and leaves nothing, and the store stays whole', async () => {
    const cwd = freshFolder();
    const flags = ['--clients', '2', '--rounds', '1', '--sample-size', '200', '--name', 'small'];
    expect((await mlaas(['generate', ...flags], { cwd })).code).toBe(0);
    writeFileSync(join(disk!.folder, 'filler'), Buffer.alloc(990_000));
    const failed = await mlaas(['export', '--run', 'small', '--out', join(disk!.folder, 'dataset')], { cwd });
    expect(failed.code, failed.stderr).toBe(36);
    expect(failed.stderr).toContain('ENOSPC');
    expect(readdirSync(disk!.folder)).toEqual(['filler']);
    const query = await mlaas(['query', 'select count(*) from client_rounds', '--format', 'csv'], { cwd });
    expect(query.stdout).toBe('count\n2\n');
  });
});
