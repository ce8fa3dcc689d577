import { parseRunConfig, type RunConfig, withoutPassword } from '#protocol';
import { shellWord } from './shell-word.js';

/**
 * What people are told of a run that has finished and whose CSV could not be written: the command that writes it
 * from the store, ready to be typed in the same folder but for a password, which is not shown.
 */
export function csvHint(runId: string, output: string, { db, storeDir }: RunConfig): string {
  const store = storeDir === parseRunConfig({}).storeDir ? [] : ['--store-dir', storeDir];
  const flags = ['--run', runId, '--output', output, ...store];
  if (db !== undefined) flags.push('--db', withoutPassword(db));
  const command = ['mlaas merge', ...flags.map(shellWord)].join(' ');
  const secret = db !== undefined && withoutPassword(db) !== db ? '; put the password of --db in again' : '';
  return `the run has finished; ${command} writes its CSV when the store has all of it${secret}`;
}
