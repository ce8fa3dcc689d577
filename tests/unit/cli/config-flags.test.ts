import { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { addConfigFlags } from '#internal/cli/config-flags.js';
import { configFields, parseRunConfig } from '#protocol';

const parse = (...argv: string[]) =>
  addConfigFlags(new Command('test'))
    .exitOverride()
    .configureOutput({ writeErr: () => {}, writeOut: () => {} })
    .action(() => {})
    .parse(argv, { from: 'user' });

describe('flags made from the schema', () => {
  it('there is one for every field, with its help', () => {
    const help = parse().helpInformation().replaceAll(/\s+/g, ' ');
    for (const { flag } of configFields()) expect(help).toContain(flag);
    expect(help).toContain('1 to 10000; default: 10');
  });

  it('flags arrive under the key of their field', () => {
    const flags = parse('--clients', '7', '--round-timeout', '30', '--hidden-layers', '32, 16').opts();
    expect(parseRunConfig(flags)).toMatchObject({ clients: 7, roundTimeoutS: 30, hiddenLayers: [32, 16] });
  });

  it('flags that are not given leave the default to the schema', () => {
    expect(parse().opts()).toEqual({});
  });

  it('a switch needs no value, and says nothing when it is not given', () => {
    expect(parseRunConfig(parse('--no-save-weights').opts()).saveWeights).toBe(false);
    expect(parse().opts().saveWeights).toBeUndefined();
  });

  it('refuses a choice that does not exist and names the others', () => {
    expect(() => parseRunConfig(parse('--strategy', 'x').opts())).toThrow(
      /--strategy "x": .*"iid"\|"quantity_skew"/,
    );
    expect(parseRunConfig(parse('--model-type', 'LogReg').opts()).modelType).toBe('logreg');
  });
});
