import { runId } from './key-columns.js';
import type { TableSpec } from './table-spec.js';

export const runParams = {
  description: 'The run’s configuration and facts, one row per value, to join and filter by.',
  key: ['run_id', 'scope', 'key'],
  columns: {
    run_id: runId,
    scope: {
      type: 'text',
      provenance: 'key',
      description:
        '`experiment` or `deployment` (configuration), or the subject of a fact: `engine`, `model`, `machine`',
    },
    key: { type: 'text', provenance: 'key', description: 'name of the field or fact' },
    value: {
      type: 'text',
      provenance: 'configured',
      description: 'value; lists as JSON. Facts are read from the machine and the program',
    },
  },
} as const satisfies TableSpec;
