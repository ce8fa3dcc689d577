import { expect, it } from 'vitest';
import { csvHint } from '#internal/cli/csv-hint.js';
import { parseRunConfig } from '#protocol';

it('tells the command that writes the CSV of a finished run, without a password', () => {
  const rest = 'writes its CSV when the store has all of it';
  expect(csvHint('r1', '/tmp/my runs/r1.csv', parseRunConfig({}))).toBe(
    `the run has finished; mlaas merge --run r1 --output '/tmp/my runs/r1.csv' ${rest}`,
  );
  const config = parseRunConfig({ db: 'postgres://me:secret@host/fleet', storeDir: 'here' });
  expect(csvHint('r1', 'r1.csv', config)).toBe(
    'the run has finished; mlaas merge --run r1 --output r1.csv --store-dir here --db postgres://me@host/fleet ' +
      `${rest}; put the password of --db in again`,
  );
});
