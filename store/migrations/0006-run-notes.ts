/** What users write down about a run. */
export const runNotes = `
CREATE TABLE run_notes (
  run_id text PRIMARY KEY REFERENCES runs,
  noted_at timestamptz NOT NULL,
  note text NOT NULL,
  tags jsonb NOT NULL
);
`;
