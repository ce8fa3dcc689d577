import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readManifest, writeManifest } from '#internal/cli/autogen/manifest.js';

const folder = mkdtempSync(join(tmpdir(), 'mlaas-manifest-'));
const path = join(folder, 'plan.csv');

const plan = [
  { name: 'a-1', settings: { dataset: 'iris', hiddenLayers: [32, 16], learningRate: 1e-4, clients: 5 } },
  { name: 'a-2', settings: { dataset: 'csv:my, table.csv', datasetArg: { target: 'y' }, rounds: 1 } },
];

describe('a manifest', () => {
  it('is read as it was written', async () => {
    await writeManifest(path, plan);
    const rows = await readManifest(path, { dataDir: '/data' });
    expect(rows).toMatchObject([
      { name: 'a-1', enabled: true, config: { dataset: 'iris', hiddenLayers: [32, 16], learningRate: 1e-4 } },
      { name: 'a-2', enabled: true, config: { dataset: 'csv:my, table.csv', datasetArg: { target: 'y' } } },
    ]);
    expect(rows.map(({ config }) => [config.name, config.dataDir, config.rounds])).toEqual([
      ['a-1', '/data', 5],
      ['a-2', '/data', 1],
    ]);
  });

  it('carries stage and reason of failed runs, and is a manifest again', async () => {
    await writeManifest(path, [{ ...plan[0]!, stage: 'broker', reason: 'gone, "away"' }]);
    expect(readFileSync(path, 'utf8')).toContain('broker,"gone, ""away"""\n');
    expect(await readManifest(path, {})).toMatchObject([{ name: 'a-1', config: { dataset: 'iris' } }]);
  });

  it('lets a row be wrong that is switched off', async () => {
    writeFileSync(path, 'enabled,name,clients\nFALSE,a,0\n1,b,3\n');
    expect(await readManifest(path, {})).toMatchObject([{ enabled: false }, { enabled: true }]);
  });

  it.each([
    ['enabled,name,clients\ntrue,a,3\ntrue,b,0\n', 'plan.csv:3: clients "0": '],
    ['enabled,name,strategy\ntrue,a,odd\n', 'plan.csv:2: strategy "odd": '],
    ['enabled,name\ntrue,a\ntrue,a\n', 'plan.csv:3: name a is that of line 2'],
    ['enabled,name\nyes,a\n', 'plan.csv:2: enabled "yes": must be true or false'],
    ['enabled,name\ntrue,\n', 'plan.csv:2: a run needs a name'],
    ['enabled,name\ntrue,../a\n', 'plan.csv:2: name "../a": '],
    ['enabled,name,clinets\ntrue,a,3\n', 'plan.csv:1: unknown column "clinets"'],
    ['name\na\n', 'plan.csv:1: no column enabled'],
    ['enabled,name,datasetArg\ntrue,a,{x\n', 'plan.csv:2: datasetArg {x: not JSON'],
    ['enabled,name,dataDir\ntrue,a,/x\n', 'plan.csv:2: dataDir is set by a flag and by the manifest'],
    ['enabled,name\ntrue\n', 'plan.csv:2: 1 fields, where the header has 2'],
  ])('refuses %j', async (text, message) => {
    writeFileSync(path, text);
    await expect(readManifest(path, { dataDir: '/data' })).rejects.toThrow(message);
  });
});
