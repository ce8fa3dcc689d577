import { Command } from 'commander';
import { FleetError } from '#protocol';
import { type AdminTask, inspectStore, openStore } from '#store';
import { formatResult } from './result-format.js';
import { addStoreFlags, type StoreFlags, storeLocation } from './store-flags.js';

const examples = `
Examples:
  $ mlaas db init --db postgres://mlaas@localhost/fleet
  $ mlaas db status
  $ mlaas db drop-run 20260102-030405-1a2b3c
  $ mlaas db retention 90 --db postgres://mlaas@localhost/fleet`;

/** `mlaas db …`: what is done to a store beside filling and asking it. */
export default function dbCommand(): Command {
  const program = new Command('mlaas db')
    .description('Set up, look at and tidy the store.')
    .enablePositionalOptions()
    .addHelpText('after', examples);
  const add = (command: Command, task: (...args: string[]) => AdminTask): void => {
    addStoreFlags(command).action((...given: unknown[]) => {
      const flags = command.opts<StoreFlags>();
      return perform(task(...given.filter((value) => typeof value === 'string')), flags);
    });
    program.addCommand(command);
  };
  add(
    new Command('init').description(
      'Make the store ready: tables and views, on a server also TimescaleDB where it is at hand and a role that only reads.',
    ),
    () => ({ task: 'init' }),
  );
  add(new Command('status').description('Tell what the store’s database is, can do and holds.'), () => ({
    task: 'status',
  }));
  add(new Command('migrate').description('Bring the store’s schema to this version.'), () => ({
    task: 'status',
  }));
  add(
    new Command('compress').description('Compress every chunk now, and sum telemetry up (TimescaleDB).'),
    () => ({ task: 'compress' }),
  );
  add(
    new Command('vacuum').description(
      'Give the space of deleted rows back; renew statistics; move rows without a partition into one (PostgreSQL).',
    ),
    () => ({ task: 'vacuum' }),
  );
  add(
    new Command('retention')
      .description(
        'Drop telemetry and messages older than DAYS by itself, or `off`, which is how a store begins (on a server).',
      )
      .argument('<days>', 'whole days, or off'),
    (days = '') => ({ task: 'retention', days: parseDays(days) }),
  );
  const dropRun = new Command('drop-run')
    .description('Delete one run with everything of it.')
    .argument('<run>', 'its whole id')
    .option('--force', 'also when the run says that it is running');
  add(dropRun, (run = '') => ({
    task: 'drop-run',
    run,
    force: dropRun.opts<{ force?: boolean }>().force === true,
  }));
  return program;
}

function parseDays(text: string): number | null {
  if (text === 'off') return null;
  const days = Number(text);
  if (!Number.isInteger(days) || days < 1 || days > 36_500) {
    throw new FleetError('CONFIG_INVALID', `retention ${text}: must be 1 to 36500 days, or off`);
  }
  return days;
}

async function perform(task: AdminTask, flags: StoreFlags): Promise<void> {
  if (task.task === 'status') {
    process.stdout.write(formatResult(await inspectStore(storeLocation(flags)), flags.format));
    return;
  }
  const store = await openStore(storeLocation(flags));
  try {
    process.stdout.write(formatResult(await store.administer(task), flags.format));
  } finally {
    await store.close();
  }
}
