import { stringify } from 'yaml';
import { bibtex, summary } from './citation.js';
import { facts } from './dataset-facts.js';
import type { Manifest, ManifestTable } from './manifest.js';
import { markdownTable } from './markdown.js';
import type { RunFacts } from './run-facts.js';

/** README.md: a dataset card for people, with the YAML header that the Hugging Face Hub reads. */
export function datasetCard(manifest: Manifest, runs: readonly RunFacts[]): string {
  const told = facts(manifest, runs);
  return `---
${stringify(header(manifest))}---

# ${manifest.publication.title}

${summary(runs.length)} Version ${manifest.publication.version}, ${manifest.publication.licence}.

${told.collection}

## Runs

${markdownTable(
  ['run', 'name', 'status', 'data', 'partition', 'clients', 'rounds', 'seed', 'accuracy'],
  runs.map(({ run }) => [
    run.run_id,
    run.name,
    run.status,
    run.dataset,
    run.strategy === 'iid' ? 'iid' : `${run.strategy} ${run.distribution_param}`,
    String(run.clients),
    `${run.rounds_finished} of ${run.rounds}`,
    String(run.seed),
    run.global_accuracy === null ? '' : run.global_accuracy.toFixed(4),
  ]),
)}

## Tables

${markdownTable(
  ['table', 'rows', 'columns', 'what a row is'],
  manifest.tables.map((table) => [
    `\`${table.name}\``,
    String(table.rows),
    String(table.columns.length),
    table.description,
  ]),
)}

\`columns.csv\` describes every column: its type, unit, meaning and whether it is configured, derived, modelled or
measured. Rows are sorted by run and time. Tables join by \`run_id\`, \`round\` and \`client_id\`.

## Use

${useExamples(manifest)}

## Files

\`croissant.json\` describes the dataset to machines (Croissant 1.1), \`DATASHEET.md\` to people.
\`sha256sum -c SHA256SUMS\` or \`mlaas export verify DIR\` checks that nothing was changed, \`mlaas import DIR\` loads it
into a store of mlaas-fleet, and \`reproduce.sh\` makes its runs again.

## Citation

\`\`\`bibtex
${bibtex(manifest)}
\`\`\`
`;
}

function header({ publication, tables }: Manifest): unknown {
  const largest = Math.max(...tables.map(({ rows }) => rows));
  return {
    pretty_name: publication.title,
    license: publication.licence.toLowerCase(),
    language: ['en'],
    tags: [
      'mlaas',
      'federated-learning',
      'quality-of-service',
      'service-composition',
      'iot',
      'simulation',
      'time-series',
    ],
    size_categories: [sizeCategory(largest)],
    configs: tables.flatMap(({ name, files }) => {
      const format = (['parquet', 'csv'] as const).find((one) => files.some((file) => file.format === one));
      const data_files = `${format}/${name}/*.${format}`;
      const isDefault = name === 'client_rounds' ? { default: true } : {};
      return format === undefined ? [] : [{ config_name: name, data_files, ...isDefault }];
    }),
  };
}

/** The Hub's names for a number of rows. */
function sizeCategory(rows: number): string {
  const bounds = ['1K', '10K', '100K', '1M', '10M', '100M', '1B', '10B', '100B', '1T'];
  const place = Math.max(0, Math.floor(Math.log10(Math.max(1, rows))) - 2);
  if (place === 0) return 'n<1K';
  return place >= bounds.length ? 'n>1T' : `${bounds[place - 1]}<n<${bounds[place]}`;
}

function useExamples({ tables }: Manifest): string {
  const table = tables.find(({ name }) => name === 'client_rounds') ?? tables[0];
  const file = table === undefined ? undefined : firstFile(table);
  if (table === undefined || file === undefined) return '';
  const pattern = `${file.format}/${table.name}/*.${file.format}`;
  const code: Readonly<Record<string, string>> = {
    parquet: `import pandas as pd\n\n${table.name} = pd.read_parquet("parquet/${table.name}")`,
    csv: `import glob\nimport pandas as pd\n\n${table.name} = pd.concat(map(pd.read_csv, sorted(glob.glob("${pattern}"))))`,
    arrow: `import glob\nimport pandas as pd\n\n${table.name} = pd.concat(map(pd.read_feather, sorted(glob.glob("${pattern}"))))`,
  };
  return `\`\`\`python\n${code[file.format]}\n\`\`\``;
}

const firstFile = ({ files }: ManifestTable): ManifestTable['files'][number] | undefined => files[0];
