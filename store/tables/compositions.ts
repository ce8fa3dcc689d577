import { round, runId } from './key-columns.js';
import type { TableSpec } from './table-spec.js';

export const compositions = {
  description: 'One row per round: the composition step’s decision on who takes part.',
  key: ['run_id', 'round'],
  columns: {
    run_id: runId,
    round,
    ts: { type: 'timestamptz', provenance: 'measured', description: 'time of the decision' },
    strategy: { type: 'text', provenance: 'configured', description: 'composition strategy' },
    eligible: { type: 'int4[]', provenance: 'measured', description: 'clients that could be chosen' },
    chosen: { type: 'int4[]', provenance: 'derived', description: 'clients that were chosen' },
  },
} as const satisfies TableSpec;
