import { Command } from 'commander';
import { listRuns, showRun } from '#store';
import { formatResult } from './result-format.js';
import { addStoreFlags, type StoreFlags } from './store-flags.js';
import { openReader } from './store-reader.js';

/** `mlaas runs` and `mlaas runs show RUN`. */
export default function runsCommand(): Command {
  const list = addStoreFlags(
    new Command('mlaas runs').description('List the stored runs, newest first, or show one.'),
  ).action(async (flags: StoreFlags) => {
    const reader = await openReader(flags);
    try {
      process.stdout.write(formatResult(await listRuns(reader), flags.format));
    } finally {
      await reader.close();
    }
  });
  const show = addStoreFlags(
    new Command('show')
      .description('Show configuration, clients and rounds of one run.')
      .argument('<run>', 'run id, or the start of one'),
  ).action(async (run: string, flags: StoreFlags) => {
    const reader = await openReader(flags);
    try {
      for (const { title, result } of await showRun(reader, run)) {
        process.stdout.write(`${title}\n${formatResult(result, flags.format)}\n`);
      }
    } finally {
      await reader.close();
    }
  });
  // Both take the same flags: without this, commander gives the child's to the parent.
  return list
    .enablePositionalOptions()
    .addCommand(show)
    .addHelpText('after', '\nExamples:\n  $ mlaas runs\n  $ mlaas runs show 20260102-030405-1a2b3c');
}
