import { z } from 'zod';
import { field, numeric, wholeNumber } from './config-field.js';

const seconds = (low: number, high: number) => numeric(z.number().min(low).max(high));

/** How many clients there are, and who of them takes part. */
export const participationFields = {
  clients: field(wholeNumber(1, 10_000).default(10), {
    flag: '--clients',
    placeholder: 'N',
    group: 'Fleet',
    scope: 'experiment',
    description: 'MLaaS clients, each a process of its own',
  }),
  rounds: field(wholeNumber(1, 100_000).default(5), {
    flag: '--rounds',
    placeholder: 'N',
    group: 'Fleet',
    scope: 'experiment',
    description: 'federated rounds',
  }),
  clientDropoutRate: field(numeric(z.number().min(0).max(0.99)).default(0), {
    flag: '--client-dropout-rate',
    placeholder: 'P',
    group: 'Fleet',
    scope: 'experiment',
    description: 'probability that a chosen client is not available in a round (fail_reason client_dropout)',
  }),
  composition: field(
    z
      .string()
      .regex(/^(all|random:[1-9]\d*)$/, 'must be all or random:K')
      .default('all'),
    {
      flag: '--composition',
      placeholder: 'NAME',
      group: 'Fleet',
      scope: 'experiment',
      description: 'who takes part in a round: all, or random:K for K drawn clients',
    },
  ),
};

/** Seed, patience and pace of a run, and which of its agents start here. */
export const fleetFields = {
  seed: field(wholeNumber(0, Number.MAX_SAFE_INTEGER).default(42), {
    flag: '--seed',
    placeholder: 'N',
    group: 'Fleet',
    scope: 'experiment',
    description: 'seed of every random stream; same seed, same weights and learning metrics',
  }),
  roundTimeoutS: field(seconds(1, 86_400).default(300), {
    flag: '--round-timeout',
    placeholder: 'S',
    group: 'Fleet',
    scope: 'experiment',
    description: 'seconds after which a round goes on without the missing updates',
  }),
  startTimeoutS: field(seconds(1, 86_400).default(120), {
    flag: '--start-timeout',
    placeholder: 'S',
    group: 'Fleet',
    scope: 'deployment',
    description: 'seconds to wait for the agents to connect before the first round',
  }),
  telemetryIntervalS: field(seconds(0.05, 3600).default(1), {
    flag: '--telemetry-interval',
    placeholder: 'S',
    group: 'Fleet',
    scope: 'experiment',
    description: 'seconds between two telemetry messages of an agent',
  }),
  localAgents: field(wholeNumber(0, 10_000).optional(), {
    flag: '--local-agents',
    placeholder: 'N',
    group: 'Fleet',
    scope: 'deployment',
    description: 'agents started here; the others join by hand with `mlaas agent`; default: all',
  }),
};
