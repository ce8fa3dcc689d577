import { Command } from 'commander';
import { openStore } from '#store';
import { importDataset } from '#store/export';
import { storeLocation } from './store-flags.js';

interface ImportFlags {
  readonly db?: string;
  readonly storeDir: string;
  readonly json?: true;
}

/** `mlaas import DIR`: an exported dataset back into a store. */
export default function importCommand(): Command {
  return new Command('mlaas import')
    .description(
      'Bring an exported dataset back into a store, without loss. What the store already has stays as it is.',
    )
    .argument('<dir>', 'folder that `mlaas export` wrote')
    .option('--db <URL>', 'PostgreSQL or TimescaleDB, as postgres://…; default: the embedded store')
    .option('--store-dir <DIR>', 'folder of the embedded store', 'data/store')
    .option('--json', 'print one machine-readable summary line on stdout')
    .addHelpText(
      'after',
      '\nExamples:\n  $ mlaas import my-dataset\n  $ mlaas import my-dataset --store-dir elsewhere',
    )
    .action(importFolder);
}

async function importFolder(folder: string, flags: ImportFlags): Promise<void> {
  const store = await openStore(storeLocation(flags));
  try {
    const { tables } = await importDataset(store, folder);
    for (const { table, rows, added } of tables) {
      process.stderr.write(`${table}: ${rows} rows, ${added} of them new\n`);
    }
    if (flags.json) process.stdout.write(`${JSON.stringify({ folder, tables })}\n`);
  } finally {
    await store.close();
  }
}
