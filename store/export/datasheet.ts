import type { Provenance } from '../columns.js';
import { summary } from './citation.js';
import { facts, provenanceCounts } from './dataset-facts.js';
import type { Manifest } from './manifest.js';
import { markdownTable } from './markdown.js';
import type { RunFacts } from './run-facts.js';

const provenances: Readonly<Record<Provenance, string>> = {
  key: 'names the record',
  configured: 'set by the user or the program’s version',
  derived: 'computed from configuration, seed and data: equal in every run of one configuration',
  modelled: 'drawn from a device, network or price model',
  measured: 'read from a clock or a counter, or observed, on the machine',
};

/** DATASHEET.md, after Gebru et al., "Datasheets for Datasets", Communications of the ACM 64(12), 2021. */
export function datasheet(manifest: Manifest, runs: readonly RunFacts[]): string {
  const told = facts(manifest, runs);
  const { publication, generator, tables } = manifest;
  const list = (items: readonly string[]): string => items.map((item) => `- ${item}`).join('\n');
  return `# Datasheet: ${publication.title}

Filled in by mlaas-fleet ${generator} from the runs themselves; questions after Gebru et al., "Datasheets for Datasets"
(2021).

## Motivation

${summary(runs.length)} It was made for:

${list(told.useCases)}

## Composition

${markdownTable(
  ['table', 'rows', 'key', 'what a row is'],
  tables.map(({ name, rows, key, description }) => [
    `\`${name}\``,
    String(rows),
    key.join(', '),
    description,
  ]),
)}

- Clients of a run: ${told.clients.join(', ')}. Rounds asked for: ${told.rounds.join(', ')}. Seeds: ${told.seeds.join(', ')}.
- Training data: ${told.trainingData.join(', ')}. ${told.rawData}
- ${told.missingData}
- ${told.personalInformation}

### What is measured, modelled and derived

${markdownTable(
  ['provenance', 'columns', 'meaning'],
  [...provenanceCounts(manifest)].map(([provenance, count]) => [
    provenance,
    String(count),
    provenances[provenance],
  ]),
)}

\`columns.csv\` says it of every column. Modelled columns: ${columnsOf(manifest, 'modelled')}.

## Collection process

${told.collection}

First record: ${told.firstStart}. Last: ${told.lastEnd}.

${markdownTable(
  ['run', 'configuration (SHA-256)', 'mlaas-fleet', 'status', 'final weights (SHA-256)'],
  runs.map(({ run }) => [
    run.run_id,
    run.config_sha256,
    run.code_version,
    run.status,
    run.weights_sha256 ?? '',
  ]),
)}

\`runs.config\` holds each whole configuration; \`reproduce.sh\` makes the runs again and compares the weights.

## Preprocessing, cleaning, labelling

${told.preprocessing}

## Limits

${list([...told.limitations, ...told.biases])}

## Uses

${told.socialImpact}

## Distribution

${publication.licence}; the whole text is in LICENSE.${publication.url === undefined ? '' : ` ${publication.url}`}

## Maintenance

${told.maintenance} Responsible: ${publication.authors.join(', ')}.
`;
}

function columnsOf({ tables }: Manifest, provenance: Provenance): string {
  const names = tables.flatMap(({ name, columns }) =>
    columns
      .filter((column) => column.provenance === provenance)
      .map((column) => `\`${name}.${column.name}\``),
  );
  return names.length === 0 ? 'none' : names.join(', ');
}
