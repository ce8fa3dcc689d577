import type { Command } from 'commander';
import { Option } from 'commander';
import { resultFormats } from './result-format.js';

export interface StoreFlags {
  db?: string;
  storeDir: string;
  format: (typeof resultFormats)[number];
}

/** The flags of the commands that only read the store. */
export function addStoreFlags(command: Command): Command {
  return command
    .option('--db <URL>', 'PostgreSQL or TimescaleDB, as postgres://…; default: the embedded store')
    .option('--store-dir <DIR>', 'folder of the embedded store', 'data/store')
    .addOption(new Option('--format <FORMAT>', 'how to print rows').choices(resultFormats).default('table'));
}
