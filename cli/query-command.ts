import { Command, Option } from 'commander';
import { FleetError } from '#protocol';
import { askNamedQuery, namedQueries, type QueryResult } from '#store';
import { formatResult, type ResultFormat, resultFormats } from './result-format.js';
import { addStoreLocationFlags, type StoreLocationFlags } from './store-flags.js';
import { openReader, type StoreReader } from './store-reader.js';

interface QueryFlags extends StoreLocationFlags {
  format: ResultFormat | 'parquet';
  maxRows: string;
  named?: string;
  run?: string;
}

/** `mlaas query SQL`: read-only SQL on the store, also while a run is going on. */
export default function queryCommand(): Command {
  return addStoreLocationFlags(
    new Command('mlaas query')
      .description('Run one read-only SQL statement on the store; also works while a run goes on.')
      .argument('[sql]', 'PostgreSQL SQL; docs/schema.md lists tables and columns'),
  )
    .addOption(
      new Option('--format <FORMAT>', 'how to print rows')
        .choices([...resultFormats, 'parquet'])
        .default('table'),
    )
    .option('--named <NAME>', `a query of the library: ${namedQueries.map(({ name }) => name).join(', ')}`)
    .option('--run <RUN>', 'the run that --named asks about: id, name or the start of an id')
    .option('--max-rows <N>', 'rows printed at the most', '10000')
    .addHelpText(
      'after',
      `
Examples:
  $ mlaas query "select round, avg(accuracy) from client_rounds group by 1 order by 1"
  $ mlaas query --named slowest-clients --run 20260102-030405-1a2b3c
  $ mlaas query --format csv "select * from telemetry where client_id = 3 order by ts" > c3.csv
  $ mlaas query --format parquet "select * from client_rounds" > rounds.parquet`,
    )
    .action(query);
}

async function query(sql: string | undefined, flags: QueryFlags): Promise<void> {
  const ask = question(sql, flags);
  const maxRows = parseMaxRows(flags.maxRows);
  const reader = await openReader(flags);
  try {
    const result = await ask(reader, { maxRows });
    const { format } = flags;
    process.stdout.write(format === 'parquet' ? await parquet(result) : formatResult(result, format));
    if (result.truncated) process.stderr.write(`only the first ${maxRows} rows; --max-rows N prints more\n`);
  } finally {
    await reader.close();
  }
}

/** Its libraries are loaded only where a file of that format is asked for. */
async function parquet(result: QueryResult): Promise<Uint8Array> {
  const { queryParquet } = await import('#store/export');
  return await queryParquet(result);
}

type Question = (reader: StoreReader, options: { maxRows: number }) => Promise<QueryResult>;

/** What is asked: SQL, or a named query about a run. */
function question(sql: string | undefined, { named, run }: QueryFlags): Question {
  if (sql !== undefined && named === undefined && run === undefined) {
    return (reader, options) => reader.query(sql, options);
  }
  if (sql === undefined && named !== undefined && run !== undefined) {
    return (reader, options) => askNamedQuery(reader, named, run, options);
  }
  throw new FleetError('USAGE', 'give either SQL, or --named NAME with --run RUN');
}

function parseMaxRows(text: string): number {
  const rows = Number(text);
  if (text.trim() === '' || !Number.isInteger(rows) || rows < 1 || rows > 1_000_000) {
    throw new FleetError('CONFIG_INVALID', `--max-rows ${text}: must be a whole number from 1 to 1000000`);
  }
  return rows;
}
