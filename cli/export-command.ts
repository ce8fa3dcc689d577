import { Command, Option } from 'commander';
import { FleetError } from '#protocol';
import { openStore } from '#store';
import {
  type ExportFormat,
  type ExportLayer,
  exportDataset,
  exportFormats,
  exportLayers,
  licences,
  verifyDataset,
} from '#store/export';
import { packageVersion } from './package-version.js';
import { storeLocation } from './store-flags.js';

interface ExportFlags {
  readonly run?: readonly string[];
  readonly out?: string;
  readonly format: readonly ExportFormat[];
  readonly layer: readonly ExportLayer[];
  readonly title?: string;
  readonly author: readonly string[];
  readonly licence: keyof typeof licences;
  readonly datasetVersion: string;
  readonly url?: string;
  readonly db?: string;
  readonly storeDir: string;
  readonly json?: true;
}

const examples = `
Examples:
  $ mlaas runs
  $ mlaas export --run 20260102-030405-1a2b3c --out my-dataset
  $ mlaas export --run mnist-iid mnist-skewed --out my-dataset --format parquet,csv --layer services,client_rounds \\
      --title "MLaaS on skewed MNIST" --author "A. Author" --author "B. Author"
  $ mlaas export verify my-dataset`;

/** `mlaas export` and `mlaas export verify DIR`. */
export default function exportCommand(): Command {
  const command = new Command('mlaas export')
    .description(
      'Write stored runs as a dataset ready to publish: data files with Croissant metadata, dataset card,\ndatasheet, citation, licence, checksums and a script that makes the runs again.',
    )
    .option('--run <RUN...>', 'runs, each by id, name or start of an id; `mlaas runs` lists them')
    .option('--out <DIR>', 'folder to make')
    .option('--format <LIST>', `${exportFormats.join(', ')}; several with commas`, listOf(exportFormats), [
      'parquet',
    ])
    .option('--layer <LIST>', `all, or of ${exportLayers.join(', ')}`, layers, exportLayers)
    .option('--title <TEXT>', 'title of the dataset; default: the names of its runs')
    .option(
      '--author <NAME>',
      'author; give it again for each',
      (name: string, names: string[]) => [...names, name],
      [],
    )
    .addOption(
      new Option('--licence <ID>', 'licence of the dataset')
        .choices(Object.keys(licences))
        .default('CC-BY-4.0'),
    )
    .option('--dataset-version <VERSION>', 'version of the dataset', '1.0.0')
    .option('--url <URL>', 'where the dataset will be found')
    .option('--db <URL>', 'PostgreSQL or TimescaleDB, as postgres://…; default: the embedded store')
    .option('--store-dir <DIR>', 'folder of the embedded store', 'data/store')
    .option('--json', 'print one machine-readable summary line on stdout')
    .addHelpText('after', examples)
    .action(exportRuns);
  const verify = new Command('verify')
    .description('Check that an exported dataset is whole and unchanged.')
    .argument('<dir>', 'folder of the dataset')
    .action(async (folder: string) => {
      const { manifest, files, digest } = await verifyDataset(folder);
      const rows = manifest.tables.reduce((sum, table) => sum + table.rows, 0);
      process.stdout.write(
        `${folder}: ${files} files and ${rows} rows are as they were written\nsha256 ${digest}\n`,
      );
    });
  return command.enablePositionalOptions().addCommand(verify);
}

async function exportRuns({ run: runs, out, ...flags }: ExportFlags): Promise<void> {
  // Not required by commander, which would then ask `verify` for them.
  if (runs === undefined || out === undefined) throw new FleetError('USAGE', 'give --run RUN and --out DIR');
  const controller = new AbortController();
  const onSignal = (): void => controller.abort();
  process.once('SIGINT', onSignal).once('SIGTERM', onSignal);
  const store = await openStore(storeLocation(flags));
  try {
    const { folder, digest, manifest } = await exportDataset(store, {
      runs,
      folder: out,
      formats: flags.format,
      layers: flags.layer,
      publication: {
        title: flags.title ?? `MLaaS runs ${runs.join(', ')}`,
        version: flags.datasetVersion,
        authors: flags.author.length === 0 ? ['Anonymous'] : [...flags.author],
        licence: flags.licence,
        ...(flags.url === undefined ? {} : { url: webUrl(flags.url) }),
      },
      generator: packageVersion(),
      exportedAt: new Date(),
      signal: controller.signal,
    });
    const tables = Object.fromEntries(manifest.tables.map(({ name, rows }) => [name, rows]));
    const text = Object.entries(tables).map(([name, rows]) => `${name} ${rows}`);
    process.stderr.write(`${folder}\nrows: ${text.join(', ')}\nsha256 ${digest}\n`);
    if (flags.json) process.stdout.write(`${JSON.stringify({ folder, sha256: digest, rows: tables })}\n`);
  } finally {
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
    await store.close();
  }
}

/** Parses a list with commas, each item one of `choices`. */
function listOf<T extends string>(choices: readonly T[]): (text: string) => T[] {
  return (text) =>
    text.split(',').map((part) => {
      const choice = choices.find((one) => one === part.trim());
      if (choice === undefined) {
        throw new FleetError('USAGE', `'${part}' is not one of ${choices.join(', ')}`);
      }
      return choice;
    });
}

const layers = (text: string): readonly ExportLayer[] =>
  text === 'all' ? exportLayers : listOf(exportLayers)(text);

function webUrl(text: string): string {
  if (!/^https?:$/.test(URL.canParse(text) ? new URL(text).protocol : '')) {
    throw new FleetError('USAGE', `--url ${text}: must be http://… or https://…`);
  }
  return text;
}
