import { clientId, runId } from '../tables/key-columns.js';
import type { ViewSpec } from './view-spec.js';

export const partitionMatrix: ViewSpec = {
  name: 'partition_matrix',
  description: 'One row per client and class: how many training samples of the class the client has.',
  sql: `SELECT c.run_id, c.client_id, (d.place - 1)::int4 AS label, d.samples AS samples_count,
      CASE WHEN c.samples_count > 0 THEN d.samples::float8 / c.samples_count END AS samples_share
    FROM clients c CROSS JOIN LATERAL unnest(c.data_distribution) WITH ORDINALITY AS d(samples, place)`,
  columns: {
    run_id: runId,
    client_id: clientId,
    label: { type: 'int4', provenance: 'key', description: 'class, from 0' },
    samples_count: {
      type: 'int4',
      unit: 'samples',
      provenance: 'derived',
      description: 'training samples of the class',
    },
    samples_share: {
      type: 'float8',
      nullable: true,
      unit: 'ratio',
      provenance: 'derived',
      description: 'their share of the client’s training samples',
    },
  },
};
