import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { previewSvg } from '#internal/cli/partition-preview/preview-svg.js';
import { previewText } from '#internal/cli/partition-preview/preview-text.js';
import { clientShare } from '../../client-share.js';

const preview = {
  title: 'pets, shard 2, seed 1',
  labels: ['cat', '<dog> & "co"'],
  shares: [clientShare(0, [9, 0]), clientShare(1, [1, 4]), clientShare(2, [0, 0])],
  meanPairwiseDistance: 0.8,
  largest: 9,
};

describe('the preview as text', () => {
  it('has a row a client with counts and measures', () => {
    const [title, , head, ...rows] = previewText(preview, { colour: false, maxClients: 10 }).split('\n');
    expect(title).toBe('pets, shard 2, seed 1: 14 samples, 3 clients, 2 labels');
    expect(head).toMatch(/^client +cat <dog> +samples +size +classes +KL +JS$/);
    expect(rows[0]).toMatch(/^ +0 +9 +0 +9 +100.0% +1.00 +0.000 +0.000$/);
    expect(rows[1]).toMatch(/^ +1 +1 +4 +5 /);
    expect(rows[2]).toMatch(/^ +2 +0 +0 +0 +0.0% +0.00 +- +-$/);
  });

  it('says how many clients it leaves out', () => {
    const text = previewText(preview, { colour: false, maxClients: 1 });
    expect(text).toMatch(/… and 2 more/);
    expect(text).not.toMatch(/^ +1 /m);
  });

  it('draws shades alone where the counts of many labels would not fit', () => {
    const labelCounts = Array.from({ length: 62 }, (_, label) => label);
    const wide = {
      ...preview,
      labels: labelCounts.map(String),
      shares: [clientShare(0, labelCounts)],
      largest: 61,
    };
    const text = previewText(wide, { colour: false, maxClients: 1 });
    const row = text.split('\n')[3]!;
    expect(row.slice(7, 69)).toMatch(/^ \.*:+-+=+\++\*+#+%+@+$/);
    expect(text).toContain('a character a label: .:-=+*#%@ from few samples to 61');
  });

  it('puts every cell back to plain where it colours it', () => {
    const text = previewText(preview, { colour: true, maxClients: 10 });
    expect(text.split('\u001b[0m')).toHaveLength(7);
  });
});

describe('the preview as SVG', () => {
  it('has a cell a count above 0, a bar a client, and no markup from names', () => {
    const svg = previewSvg(preview);
    expect(svg.match(/class="cell"/g)).toHaveLength(3);
    expect(svg.match(/class="bar"/g)).toHaveLength(3);
    expect(svg).toContain('&lt;dog&gt; &amp;');
    expect(svg).not.toContain('<dog>');
  });
});

describe('mlaas partition preview', () => {
  let folder = '';
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'mlaas-preview-'));
    writeFileSync(join(folder, 'pets.csv'), `weight,kind\n${'3,cat\n20,dog\n'.repeat(50)}`);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const run = (...flags: string[]) =>
    promisify(execFile)(
      process.execPath,
      [
        join(import.meta.dirname, '../../../dist/bin/mlaas.js'),
        ...['partition', 'preview', '--dataset', `csv:${join(folder, 'pets.csv')}`],
        ...['--dataset-arg', 'target=kind', '--cache-dir', join(folder, 'cache'), ...flags],
      ],
      { cwd: folder },
    );

  it('prints the matrix of the partition that a run would have, and writes the image', async () => {
    const flags = ['--clients', '4', '--strategy', 'pathological', '--distribution-param', '1'];
    const { stdout } = await run(...flags, '--json', '--svg', 'pets.svg');
    const { clients, meanPairwiseDistance } = JSON.parse(stdout);
    expect(clients.map(({ labelCounts }: { labelCounts: number[] }) => labelCounts)).toEqual([
      [20, 0],
      [0, 20],
      [20, 0],
      [0, 20],
    ]);
    expect(meanPairwiseDistance).toBeCloseTo(4 / 6, 12);
    expect(readFileSync(join(folder, 'pets.svg'), 'utf8')).toMatch(/^<svg /);
  });

  it('takes label counts from a file', async () => {
    writeFileSync(join(folder, 'counts.json'), JSON.stringify({ a: { dog: 7 }, b: { cat: 1, dog: 2 } }));
    const { stdout } = await run(
      '--clients',
      '2',
      '--strategy',
      'custom',
      '--distribution',
      'counts.json',
      '--json',
    );
    expect(
      JSON.parse(stdout).clients.map(({ labelCounts }: { labelCounts: number[] }) => labelCounts),
    ).toEqual([
      [0, 7],
      [1, 2],
    ]);
  });

  it.each([
    [['--strategy', 'custom', '--distribution', 'none.json'], 2, /--distribution none.json: ENOENT/],
    [['--strategy', 'custom', '--distribution', 'pets.csv'], 2, /--distribution pets.csv: .*JSON/],
    [
      ['--strategy', 'label_per_client', '--distribution-param', '3'],
      13,
      /--distribution-param 3: .* 1 to 2 a client/,
    ],
    [['--clients', '81'], 13, /80 samples for --clients 81; at most 80 clients/],
    [['--svg', 'none/a.svg'], 36, /--svg none\/a.svg/],
    [['--rows-shown', '0'], 2, /--rows-shown/],
  ])('refuses %j with one line', async (flags, exitCode, message) => {
    await expect(run(...flags)).rejects.toMatchObject({
      code: exitCode,
      stderr: expect.stringMatching(message),
    });
  });
});
