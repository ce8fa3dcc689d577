import { z } from 'zod';
import { field, numeric, wholeNumber } from './config-field.js';
import { FleetError } from './errors.js';
import {
  type PartitionStrategyName,
  partitionStrategies,
  partitionStrategyNames,
  type StrategySpec,
} from './partition-strategies.js';

/** Samples a label of one client: `{"0": 100, "7": 20}`. A label is a class's number or its name. */
const labelCounts = z.record(z.string(), z.int().min(0).max(100_000_000));

/** The flags that say how the training data is divided; spread into the run configuration's schema. */
export const partitionFields = {
  strategy: field(z.enum(partitionStrategyNames).default('iid'), {
    flag: '--strategy',
    group: 'Data',
    scope: 'experiment',
    description: 'how the training data is divided among the clients',
  }),
  distributionParam: field(numeric(z.number().min(0).max(1e6)).optional(), {
    flag: '--distribution-param',
    placeholder: 'X',
    group: 'Data',
    scope: 'experiment',
    description: 'number that the strategy takes: alpha, shards, labels a client …; its own default each',
  }),
  distribution: field(z.record(z.string().min(1).max(64), labelCounts).optional(), {
    flag: '--distribution',
    placeholder: 'FILE.json',
    group: 'Data',
    scope: 'experiment',
    description: 'custom: label counts a client, {"client_1": {"0": 100, "7": 20}, …}',
  }),
  distributionBins: field(wholeNumber(2, 256).default(10), {
    flag: '--distribution-bins',
    placeholder: 'N',
    group: 'Data',
    scope: 'experiment',
    description: 'regression: bins of equal count that stand for labels in strategies that need them',
  }),
  minSamples: field(wholeNumber(0, 1_000_000).default(1), {
    flag: '--min-samples',
    placeholder: 'N',
    group: 'Data',
    scope: 'experiment',
    description: 'samples that every client has at least; a draw that gives fewer is repeated',
  }),
  quantityAlpha: field(numeric(z.number().min(0.001).max(1e6)).optional(), {
    flag: '--quantity-alpha',
    placeholder: 'X',
    group: 'Data',
    scope: 'experiment',
    description: 'mixed: alpha of the sizes; default 1',
  }),
  classAssignment: field(z.enum(['random', 'deterministic', 'first-deterministic']).optional(), {
    flag: '--class-assignment',
    group: 'Data',
    scope: 'experiment',
    description: 'pathological: how clients come by their labels; default first-deterministic',
  }),
  featureShift: field(z.enum(['rotation', 'brightness']).optional(), {
    flag: '--feature-shift',
    group: 'Data',
    scope: 'experiment',
    description: 'feature_shift: what is shifted; default rotation',
  }),
  drift: field(z.enum(['gradual', 'abrupt', 'recurring']).optional(), {
    flag: '--drift',
    group: 'Data',
    scope: 'experiment',
    description: 'temporal_drift: how the mix of labels moves; default gradual',
  }),
  driftRound: field(wholeNumber(2, 100_000).optional(), {
    flag: '--drift-round',
    placeholder: 'N',
    group: 'Data',
    scope: 'experiment',
    description: 'first round after the drift (abrupt, concept_drift); default: the middle of the run',
  }),
  driftPeriod: field(wholeNumber(2, 100_000).optional(), {
    flag: '--drift-period',
    placeholder: 'N',
    group: 'Data',
    scope: 'experiment',
    description: 'recurring: rounds after which the first mix is back; default: half of the run',
  }),
} as const;

/** The partition's part of a configuration, and what its defaults depend on. */
type PartitionConfig = z.output<z.ZodObject<typeof partitionFields>> & { readonly rounds: number };

/** Fields that only some strategies read, with those strategies. */
const ownFields: readonly (readonly [OwnField, readonly PartitionStrategyName[]])[] = [
  ['distribution', ['custom']],
  ['quantityAlpha', ['mixed']],
  ['classAssignment', ['pathological']],
  ['featureShift', ['feature_shift']],
  ['drift', ['temporal_drift']],
  ['driftRound', ['temporal_drift', 'concept_drift']],
  ['driftPeriod', ['temporal_drift']],
];

/** Fields that mean something else, or nothing, with another strategy. */
export const strategyFields: readonly string[] = ['distributionParam', ...ownFields.map(([key]) => key)];

type OwnField =
  | 'distribution'
  | 'quantityAlpha'
  | 'classAssignment'
  | 'featureShift'
  | 'drift'
  | 'driftRound'
  | 'driftPeriod';

/**
 * Fills in what the strategy takes by default and drops a parameter that it has no use for, so that
 * the recorded configuration tells what was done. What it returns, it would return unchanged.
 *
 * @throws FleetError CONFIG_INVALID for a parameter beyond the strategy's range, absent label counts,
 *   or a flag that the strategy does not read
 */
export function resolvePartition<C extends PartitionConfig>(config: C): C {
  refuseForeignFields(config);
  if (config.strategy === 'custom' && config.distribution === undefined) {
    throw new FleetError('CONFIG_INVALID', '--strategy custom: needs --distribution FILE.json');
  }
  return { ...config, ...defaultsOf(config), distributionParam: resolveParam(config) };
}

function refuseForeignFields(config: PartitionConfig): void {
  for (const [key, strategies] of ownFields) {
    if (config[key] === undefined || strategies.includes(config.strategy)) continue;
    refuse(config, key, `only with --strategy ${strategies.join(' or ')}`);
  }
  const { drift = 'gradual', driftRound = 0, rounds, strategy } = config;
  // Of one round, too, a drift has a default: the round behind it.
  if (driftRound > Math.max(2, rounds)) refuse(config, 'driftRound', `must be at most --rounds ${rounds}`);
  if (strategy !== 'temporal_drift') return;
  if (config.driftRound !== undefined && drift !== 'abrupt')
    refuse(config, 'driftRound', 'only with --drift abrupt');
  if (config.driftPeriod !== undefined && drift !== 'recurring') {
    refuse(config, 'driftPeriod', 'only with --drift recurring');
  }
}

function refuse(config: PartitionConfig, key: OwnField, reason: string): never {
  const { flag } = partitionFields[key].meta() ?? {};
  const value = config[key];
  const shown = typeof value === 'object' ? '' : ` ${value}`;
  throw new FleetError('CONFIG_INVALID', `${flag}${shown}: ${reason}`);
}

/** The strategy's own fields, where the user gave none. */
function defaultsOf(config: PartitionConfig): Partial<PartitionConfig> {
  const middle = Math.max(2, Math.floor(config.rounds / 2) + 1);
  switch (config.strategy) {
    case 'mixed':
      return { quantityAlpha: config.quantityAlpha ?? 1 };
    case 'pathological':
      return { classAssignment: config.classAssignment ?? 'first-deterministic' };
    case 'feature_shift':
      return { featureShift: config.featureShift ?? 'rotation' };
    case 'concept_drift':
      return { driftRound: config.driftRound ?? middle };
    case 'temporal_drift': {
      const { drift = 'gradual' } = config;
      if (drift === 'abrupt') return { drift, driftRound: config.driftRound ?? middle };
      if (drift === 'gradual') return { drift };
      return { drift, driftPeriod: config.driftPeriod ?? Math.max(2, Math.floor(config.rounds / 2)) };
    }
    default:
      return {};
  }
}

function resolveParam({ strategy, distributionParam, featureShift }: PartitionConfig): number | undefined {
  const { param }: StrategySpec = partitionStrategies[strategy];
  if (param === undefined) return undefined;
  const value = distributionParam ?? param.default;
  const high = featureShift === 'brightness' ? 100 : param.high;
  if (value < param.low || value > high || (param.whole && !Number.isInteger(value))) {
    const kind = param.whole ? 'a whole number' : 'a number';
    throw new FleetError(
      'CONFIG_INVALID',
      `--distribution-param ${value}: --strategy ${strategy} takes ${kind} from ${param.low} to ${high} (${param.meaning})`,
    );
  }
  return value;
}
