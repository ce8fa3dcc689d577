import { describe, expect, it } from 'vitest';
import { FleetError, parseRunConfig, partitionStrategies, partitionStrategyNames } from '#protocol';

const refusal = (fields: Record<string, unknown>): string => {
  try {
    parseRunConfig(fields);
  } catch (error) {
    expect(error).toBeInstanceOf(FleetError);
    if (error instanceof FleetError) return `${error.code} ${error.detail}`;
  }
  return 'accepted';
};

describe('partition settings', () => {
  it('have MDG’s defaults where MDG has the strategy', () => {
    const param = (strategy: string) => parseRunConfig({ strategy }).distributionParam;
    expect(param('iid')).toBeUndefined();
    expect(param('quantity_skew')).toBe(1);
    expect(param('dirichlet')).toBe(0.5);
    expect(param('shard')).toBe(2);
    expect(param('label_per_client')).toBe(1);
  });

  it.each(partitionStrategyNames)('%s: what is resolved once stays as it is', (strategy) => {
    const distribution = strategy === 'custom' ? { a: { 0: 1 } } : undefined;
    for (const rounds of [1, 2, 9]) {
      const once = parseRunConfig({ strategy, distribution, rounds });
      expect(parseRunConfig({ ...once })).toEqual(once);
    }
  });

  it('drop a parameter that the strategy does not take', () => {
    expect(parseRunConfig({ strategy: 'iid', distributionParam: '0.5' }).distributionParam).toBeUndefined();
  });

  it.each(
    Object.entries(partitionStrategies).flatMap(([strategy, spec]) =>
      'param' in spec ? [{ strategy, ...spec.param }] : [],
    ),
  )('$strategy: parameter from $low to $high', ({ strategy, low, high }) => {
    expect(refusal({ strategy, distributionParam: low })).toBe('accepted');
    expect(refusal({ strategy, distributionParam: high })).toBe('accepted');
    if (low > 0) expect(refusal({ strategy, distributionParam: low / 2 })).toMatch(/--distribution-param/);
    if (high < 1e6)
      expect(refusal({ strategy, distributionParam: high + 1 })).toContain(`from ${low} to ${high}`);
  });

  it('refuse part of a shard or label', () => {
    for (const strategy of ['shard', 'label_per_client', 'pathological']) {
      expect(refusal({ strategy, distributionParam: 1.5 })).toMatch(
        /^CONFIG_INVALID --distribution-param 1.5: --strategy \w+ takes a whole number from 1/,
      );
    }
  });

  it('refuse flags of another strategy', () => {
    expect(refusal({ strategy: 'iid', drift: 'abrupt' })).toBe(
      'CONFIG_INVALID --drift abrupt: only with --strategy temporal_drift',
    );
    expect(refusal({ strategy: 'dirichlet', distribution: { a: { 0: 1 } } })).toBe(
      'CONFIG_INVALID --distribution: only with --strategy custom',
    );
    expect(refusal({ strategy: 'temporal_drift', driftRound: 3 })).toMatch(/only with --drift abrupt/);
    expect(refusal({ strategy: 'temporal_drift', drift: 'abrupt', driftPeriod: 3 })).toMatch(
      /--drift recurring/,
    );
  });

  it('refuse custom without counts, and counts below 0 or in part', () => {
    expect(refusal({ strategy: 'custom' })).toMatch(/needs --distribution FILE.json/);
    expect(refusal({ strategy: 'custom', distribution: { a: { 0: -1 } } })).toMatch(/--distribution .*>=0/);
    expect(refusal({ strategy: 'custom', distribution: { a: { 0: 1.5 } } })).toMatch(
      /--distribution .*whole number/,
    );
    expect(refusal({ strategy: 'custom', distribution: [1] })).toMatch(/--distribution/);
  });
});
