import type { ColumnSpec } from '../columns.js';

/** Key columns that several tables share. */
export const runId = {
  type: 'text',
  provenance: 'key',
  description: 'run, see `runs`',
} as const satisfies ColumnSpec;

export const round = {
  type: 'int4',
  provenance: 'key',
  description: 'round, from 1',
} as const satisfies ColumnSpec;

export const clientId = {
  type: 'int4',
  provenance: 'key',
  description: 'client, from 0',
} as const satisfies ColumnSpec;
