import { runId } from './key-columns.js';
import type { TableSpec } from './table-spec.js';

export const runNotes = {
  description: 'What users have written down about a run; no row where nobody has.',
  key: ['run_id'],
  updatable: ['noted_at', 'note', 'tags'],
  columns: {
    run_id: runId,
    noted_at: { type: 'timestamptz', provenance: 'measured', description: 'time of the last change' },
    note: { type: 'text', provenance: 'configured', description: 'free text' },
    tags: { type: 'jsonb', provenance: 'configured', description: 'short names, as a list of texts' },
  },
} as const satisfies TableSpec;
