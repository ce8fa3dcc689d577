import { Command } from 'commander';
import { FleetError } from '#protocol';
import { formatResult } from './result-format.js';
import { addStoreFlags, type StoreFlags } from './store-flags.js';
import { openReader } from './store-reader.js';

interface QueryFlags extends StoreFlags {
  maxRows: string;
}

/** `mlaas query SQL`: read-only SQL on the store, also while a run is going on. */
export default function queryCommand(): Command {
  return addStoreFlags(
    new Command('mlaas query')
      .description('Run one read-only SQL statement on the store; also works while a run goes on.')
      .argument('<sql>', 'PostgreSQL SQL; docs/schema.md lists tables and columns'),
  )
    .option('--max-rows <N>', 'rows printed at the most', '10000')
    .addHelpText(
      'after',
      `
Examples:
  $ mlaas query "select round, avg(accuracy) from client_rounds group by 1 order by 1"
  $ mlaas query --format csv "select * from telemetry where client_id = 3 order by ts" > c3.csv`,
    )
    .action(query);
}

async function query(sql: string, flags: QueryFlags): Promise<void> {
  const maxRows = parseMaxRows(flags.maxRows);
  const reader = await openReader(flags);
  try {
    const result = await reader.query(sql, { maxRows });
    process.stdout.write(formatResult(result, flags.format));
    if (result.truncated) process.stderr.write(`only the first ${maxRows} rows; --max-rows N prints more\n`);
  } finally {
    await reader.close();
  }
}

function parseMaxRows(text: string): number {
  const rows = Number(text);
  if (text.trim() === '' || !Number.isInteger(rows) || rows < 1 || rows > 1_000_000) {
    throw new FleetError('CONFIG_INVALID', `--max-rows ${text}: must be a whole number from 1 to 1000000`);
  }
  return rows;
}
