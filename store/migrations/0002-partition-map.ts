/** Index map and heterogeneity of a run's partition; strategies without a parameter have none. */
export const partitionMap = `
ALTER TABLE runs ALTER COLUMN distribution_param DROP NOT NULL;
ALTER TABLE clients ADD COLUMN size_share float8 NOT NULL DEFAULT 0;
ALTER TABLE clients ADD COLUMN effective_classes float8 NOT NULL DEFAULT 0;
ALTER TABLE clients ADD COLUMN label_kl_bits float8;
ALTER TABLE clients ADD COLUMN label_js_bits float8;
ALTER TABLE clients ALTER COLUMN size_share DROP DEFAULT, ALTER COLUMN effective_classes DROP DEFAULT;

CREATE TABLE partition_map (
  run_id text NOT NULL REFERENCES runs,
  client_id int4 NOT NULL,
  sample_indices int4[] NOT NULL,
  PRIMARY KEY (run_id, client_id)
);
`;
