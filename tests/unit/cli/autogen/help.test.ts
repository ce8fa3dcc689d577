import { describe, expect, it } from 'vitest';
import { drawSettings, strategyParams, unlessGiven } from '#internal/cli/autogen/search-space.js';
import autogenCommand from '#internal/cli/autogen-command.js';
import { choicesOf, tasks } from '#internal/cli/combinations.js';
import { datasetInfo } from '#learning';
import { configFields, randomStream } from '#protocol';

const described = new Map(autogenCommand().options.map(({ long, description }) => [long, description]));
const fields = configFields().map((field) => ({ ...field, help: described.get(field.flag) }));
const helpOf = (flag: string): string | undefined => described.get(flag);

/** All that is drawn for some task, family and strategy. */
const drawn = new Set(
  tasks.flatMap((task) =>
    choicesOf('modelType').flatMap((family) =>
      Object.keys(strategyParams).flatMap((strategy) =>
        Array.from({ length: 20 }, (_, i) =>
          drawSettings(randomStream(i, 'autogen'), { task, data: datasetInfo('mnist') }, family, strategy),
        ).flatMap(Object.keys),
      ),
    ),
  ),
);

describe('mlaas autogen --help', () => {
  it('says of what a plan draws that it is drawn, and names no default that does not hold', () => {
    for (const { key, help } of fields) {
      if (key === 'seed' || !drawn.has(key)) continue;
      expect(help, key).toMatch(/\((.*; )?drawn unless given\)$/);
      expect(help, key).not.toMatch(/default/);
    }
    expect(helpOf('--dataset')).not.toContain('synthetic_digits)');
    expect(helpOf('--model-type')).toBe('model family (drawn unless given)');
    expect(helpOf('--sample-size')).not.toContain('all by default');
  });

  it('names the defaults that hold', () => {
    expect(helpOf('--engine')).toContain('(default: auto)');
    expect(helpOf('--round-timeout')).toContain('default: 300)');
    expect(helpOf('--seed')).toContain('default: 42)');
    for (const { key } of configFields()) {
      if (key !== 'sampleSize' && !drawn.has(key)) expect(unlessGiven(key), key).toBeUndefined();
    }
  });
});
