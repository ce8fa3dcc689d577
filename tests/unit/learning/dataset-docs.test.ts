import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { datasetInfo, datasetNames } from '#learning';
import { parseRunConfig } from '#protocol';

const page = readFileSync(new URL('../../../docs/datasets.md', import.meta.url), 'utf8');
const table = page.split('\n').filter((line) => line.startsWith('|'));

/** The cell of a dataset under a heading of the first table. */
function cell(name: string, heading: string): string | undefined {
  const column = table[0]?.split('|').findIndex((text) => text.trim() === heading) ?? -1;
  const row = table.map((line) => line.split('|')).find(([, names]) => names?.includes(`\`${name}\``));
  return row?.[column]?.trim();
}

describe('docs/datasets.md', () => {
  it.each(datasetNames)(
    'names the family that is suggested for %s, and the default is mlp all the same',
    (name) => {
      expect(cell(name, 'suggested family')).toBe(datasetInfo(name).suggestedModel);
      expect(parseRunConfig({ dataset: name }).modelType).toBe('mlp');
    },
  );

  it('says what a run has that names no family', () => {
    expect(page).toContain('Without `--model-type` a run has `mlp`');
    expect(parseRunConfig({ taskType: 'clustering' }).modelType).toBe('kmeans');
    expect(page).not.toContain('default family');
  });
});
