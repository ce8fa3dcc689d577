import { Command } from 'commander';
import { FleetError } from '#protocol';
import { findRun } from '#store';
import { type CsvSource, type MergeCounts, mergeCsv } from './merge/merge-csv.js';
import { fileSources, runSources } from './merge/sources.js';
import { assertWritable, outputPath, writeChunks } from './output-file.js';
import { openReader, type StoreReader } from './store-reader.js';

interface MergeFlags {
  output: string;
  run: string[];
  dedupe?: true;
  json?: true;
  db?: string;
  storeDir: string;
}

/** `mlaas merge`: many CSV files, or stored runs, as one. */
export default function mergeCommand(): Command {
  return new Command('mlaas merge')
    .description(
      'Merge CSV files and stored runs into one CSV: the union of their columns, and an id that counts the rows.\nFiles may be larger than memory.',
    )
    .argument('[inputs...]', 'CSV files, or quoted patterns such as "outputs/runs/*.csv"')
    .requiredOption('--output <FILE>', 'the merged CSV; a bare name goes under outputs/runs/')
    .option('--run <RUN>', 'a stored run, by id or name; may be given several times', append, [])
    .option('--dedupe', 'leave out a row whose run, round and client were seen in an earlier row')
    .option('--db <URL>', 'store of --run: PostgreSQL or TimescaleDB; default: the embedded store')
    .option('--store-dir <DIR>', 'store of --run: folder of the embedded store', 'data/store')
    .option('--json', 'print one machine-readable summary line on stdout at the end')
    .addHelpText(
      'after',
      `
Examples:
  $ mlaas merge clients.csv more.csv "outputs/runs/*.csv" --output merged.csv --dedupe
  $ mlaas merge --run 20260102-030405-1a2b3c --run 20260102-040506-4d5e6f --output merged.csv`,
    )
    .action(merge);
}

const append = (run: string, runs: readonly string[]): string[] => [...runs, run];

async function merge(inputs: readonly string[], flags: MergeFlags): Promise<void> {
  if (inputs.length + flags.run.length === 0) {
    throw new FleetError('USAGE', 'nothing to merge: give CSV files, or runs with --run');
  }
  const output = outputPath(flags.output, '');
  const files = await fileSources(inputs, output);
  const store = flags.run.length > 0 ? await openReader(flags) : undefined;
  try {
    const runs = store === undefined ? [] : await storedRuns(store, flags.run);
    await mergeInto(output, [...files, ...runs], flags);
  } finally {
    await store?.close();
  }
}

async function storedRuns(store: StoreReader, runs: readonly string[]): Promise<CsvSource[]> {
  const ids = new Set<string>();
  for (const run of runs) ids.add(await findRun(store, run));
  return runSources(store, [...ids]);
}

async function mergeInto(output: string, sources: readonly CsvSource[], flags: MergeFlags): Promise<void> {
  await assertWritable(output);
  const counts: MergeCounts = { rows: 0, duplicates: 0, columns: 0 };
  await writeChunks(output, mergeCsv(sources, { dedupe: flags.dedupe === true }, counts));
  const removed = flags.dedupe ? `, ${counts.duplicates} duplicates left out` : '';
  process.stderr.write(
    `wrote ${output}: ${counts.rows} rows, ${counts.columns} columns of ${sources.length} inputs${removed}\n`,
  );
  if (flags.json) process.stdout.write(`${JSON.stringify({ output, inputs: sources.length, ...counts })}\n`);
}
