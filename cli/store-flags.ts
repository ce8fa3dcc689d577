import type { Command } from 'commander';
import { Option } from 'commander';
import { parseRunConfig } from '#protocol';
import type { StoreAddress } from '#store';
import { resultFormats } from './result-format.js';

/** Where the store is. */
export interface StoreLocationFlags {
  db?: string;
  storeDir: string;
}

export interface StoreFlags extends StoreLocationFlags {
  format: (typeof resultFormats)[number];
}

/** The flags that say where the store is. */
export function addStoreLocationFlags(command: Command): Command {
  return command
    .option('--db <URL>', 'PostgreSQL or TimescaleDB, as postgres://…; default: the embedded store')
    .option('--store-dir <DIR>', 'folder of the embedded store', 'data/store');
}

/**
 * Where flags say that the store is, checked as a run's are.
 * @throws FleetError CONFIG_INVALID
 */
export function storeLocation({ db, storeDir }: Readonly<StoreLocationFlags>): StoreAddress {
  const config = parseRunConfig({ db, storeDir });
  return { db: config.db, storeDir: config.storeDir };
}

/** The flags of the commands that print rows of the store. */
export function addStoreFlags(command: Command): Command {
  return addStoreLocationFlags(command).addOption(
    new Option('--format <FORMAT>', 'how to print rows').choices(resultFormats).default('table'),
  );
}
