import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { freshFolder, mlaas, readCsv } from './mlaas.js';
import { converse, hasTerminal } from './terminal.js';

/** Erases what stands in a text question. */
const erase = '\u0015';
const down = '\u001b[B';

describe.skipIf(!hasTerminal)('mlaas wizard in a pseudo-terminal (skipped without `script`)', () => {
  const cwd = freshFolder();
  const flags = ['wizard', '--cache-dir', join(cwd, 'cache')];

  it('asks, shows the command, saves the run file and runs it', async () => {
    const answers = [
      [/^clients:/, `${erase}0\r${erase}3`],
      [/^sampleSize:/, '300'],
      [/^rounds:/, `${erase}1`],
      [/^epochsPerRound:/, `${erase}2`],
      [/^earlyStoppingPatience:/, '1'],
      [/^output:/, 'wizard.csv'],
      [/^How is the data divided/, down],
    ] as const;
    const { asked, shown, code } = await converse(flags, answers, cwd);
    expect(code, shown).toBe(0);
    expect(asked.some((question) => question.startsWith('activation:'))).toBe(true);
    expect(shown).toContain('--clients "0": Too small');
    expect(shown).toMatch(/npx mlaas generate/);
    expect(shown).toMatch(/--clients 3/);
    const rows = readCsv(join(cwd, 'outputs/runs/wizard.csv'));
    expect(rows).toHaveLength(3);
    expect(rows[0]?.strategy).not.toBe('iid');
    // The saved file is the same run.
    const print = await mlaas(['config', 'print', '--config', 'run.yaml', '--format', 'json'], { cwd });
    expect(JSON.parse(print.stdout)).toMatchObject({
      clients: 3,
      rounds: 1,
      sampleSize: 300,
      epochsPerRound: 2,
      earlyStoppingPatience: 1,
      output: 'wizard.csv',
    });
  });

  it('asks a table’s own questions only, and runs nothing when told so', async () => {
    const table = join(freshFolder(), 'table.csv');
    writeFileSync(
      table,
      `x,y\n${Array.from({ length: 60 }, (_, i) => `${i},${i % 3 ? 'low' : 'high'}`).join('\n')}\n`,
    );
    const elsewhere = freshFolder();
    const answers = [
      // The own table is the last choice: one up from the first.
      [/^Which dataset/, '\u001b[A'],
      [/^Path of the CSV/, table],
      [/^Name of the column/, 'y'],
      [/^Save it/, erase],
      [/^Run it now/, 'n'],
    ] as const;
    const { asked, shown, code } = await converse(flags, answers, elsewhere);
    expect(code, shown).toBe(0);
    expect(shown).toMatch(/--dataset csv:/);
    expect(asked.some((question) => question.startsWith('sampleSize:'))).toBe(false);
    expect(existsSync(join(elsewhere, 'run.yaml'))).toBe(false);
    expect(existsSync(join(elsewhere, 'outputs'))).toBe(false);
  });

  it('keeps an earlier run file with Enter throughout', async () => {
    const again = freshFolder();
    writeFileSync(join(again, 'run.yaml'), 'dataset: mnist\n');
    const { shown, code } = await converse(flags, [[/^Run it now/, 'n']], again);
    expect(code, shown).toBe(0);
    expect(readFileSync(join(again, 'run.yaml'), 'utf8')).toBe('dataset: mnist\n');
    expect(readFileSync(join(again, 'run-2.yaml'), 'utf8')).toContain('synthetic_digits');
  });

  it('leaves at Ctrl-C', async () => {
    const { code, shown } = await converse(flags, [[/^Which model/, '\u0003']], freshFolder());
    expect(code, shown).toBe(130);
    expect(shown).toContain('INTERRUPTED');
  });

  it('says so where there is no terminal', async () => {
    const run = await mlaas(['wizard']);
    expect(run.code).toBe(2);
    expect(run.stderr).toContain('the wizard needs a terminal');
  });
});
