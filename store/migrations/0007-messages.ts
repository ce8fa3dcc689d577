/** Messages between aggregator and agents other than telemetry. */
export const messages = `
CREATE TABLE messages (
  run_id text NOT NULL,
  sender text NOT NULL,
  boot int8 NOT NULL,
  kind text NOT NULL,
  seq int8 NOT NULL,
  ts timestamptz NOT NULL,
  sent_at timestamptz NOT NULL,
  direction text NOT NULL,
  client_id int4,
  round int4,
  bytes int4 NOT NULL,
  latency_ms float8,
  PRIMARY KEY (run_id, sender, boot, kind, seq, sent_at)
);
`;
