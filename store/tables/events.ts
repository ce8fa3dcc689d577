import { runId } from './key-columns.js';
import type { TableSpec } from './table-spec.js';

export const events = {
  description: 'Everything else that happened in a run, in order.',
  key: ['run_id', 'seq', 'ts'],
  columns: {
    run_id: runId,
    seq: { type: 'int8', provenance: 'key', description: 'number of the event in the run, from 0' },
    ts: { type: 'timestamptz', provenance: 'key', description: 'time of the event' },
    type: {
      type: 'text',
      provenance: 'measured',
      description:
        '`run-started`, `agent-state`, `round-state`, `broker`, `log`, `run-finished`, or `recorder` (records that could not be kept)',
    },
    level: { type: 'text', provenance: 'measured', description: '`info`, `warn` or `error`' },
    code: {
      type: 'text',
      provenance: 'measured',
      description: 'state, status, counter’s source or log code, by type',
    },
    client_id: {
      type: 'int4',
      nullable: true,
      provenance: 'measured',
      description: 'client that the event is about',
    },
    round: {
      type: 'int4',
      nullable: true,
      provenance: 'measured',
      description: 'round that the event is about',
    },
    message: { type: 'text', nullable: true, provenance: 'measured', description: 'text for people' },
    detail: { type: 'jsonb', nullable: true, provenance: 'measured', description: 'further values' },
  },
} as const satisfies TableSpec;
