import { describe, expect, it } from 'vitest';
import { resumeHint } from '#internal/cli/resume-hint.js';
import { parseRunConfig } from '#protocol';

const hint = (fields: Readonly<Record<string, unknown>>) => resumeHint('r1', parseRunConfig(fields));

describe('what is said of a run that has stopped', () => {
  it.each([
    [{}, 'mlaas resume r1 goes on with the run'],
    [{ storeDir: 'elsewhere' }, 'mlaas resume r1 --store-dir elsewhere goes on with the run'],
    [
      { storeDir: 'my store', checkpointDir: "it's" },
      "mlaas resume r1 --store-dir 'my store' --checkpoint-dir 'it'\\''s' goes on with the run",
    ],
    [
      { db: 'postgres://localhost/fleet?a=1&b=2', broker: 'mqtt://localhost' },
      "mlaas resume r1 --db 'postgres://localhost/fleet?a=1&b=2' goes on with the run",
    ],
  ])('%j: the command as it must be typed', (fields, told) => {
    expect(hint(fields)).toBe(told);
  });

  it('no password is shown, and it says which to put in again', () => {
    expect(hint({ db: 'postgres://me:secret@host/fleet', broker: 'mqtt://me:secret@host' })).toBe(
      'mlaas resume r1 --db postgres://me@host/fleet --broker mqtt://me@host goes on with the run; put the password of --db in again; put the password of --broker in again',
    );
    expect(hint({ db: 'postgres://host/fleet?password=secret' })).not.toContain('secret');
  });

  it('nothing is promised where no checkpoints were kept', () => {
    expect(hint({ saveWeights: false })).toBe('run r1 kept no checkpoints to go on from (--no-save-weights)');
  });
});
