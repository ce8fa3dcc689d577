import { citation } from './citation.js';
import { columnsCsv } from './columns-csv.js';
import { croissant } from './croissant.js';
import { datasetCard } from './dataset-card.js';
import { datasheet } from './datasheet.js';
import { licenceText } from './licences.js';
import { type Manifest, manifestName } from './manifest.js';
import { reproduceScript } from './reproduce-script.js';
import type { RunFacts } from './run-facts.js';

/** The papers that go with every dataset. */
export const paperNames = [
  manifestName,
  'croissant.json',
  'README.md',
  'DATASHEET.md',
  'CITATION.cff',
  'LICENSE',
  'columns.csv',
  'reproduce.sh',
] as const;

/** Name and text of each paper, made from the manifest and the runs alone. */
export async function papers(
  manifest: Manifest,
  runs: readonly RunFacts[],
): Promise<ReadonlyMap<string, string>> {
  const texts: Readonly<Record<(typeof paperNames)[number], string>> = {
    [manifestName]: json(manifest),
    'croissant.json': json(croissant(manifest, runs)),
    'README.md': datasetCard(manifest, runs),
    'DATASHEET.md': datasheet(manifest, runs),
    'CITATION.cff': citation(manifest),
    LICENSE: await licenceText(manifest.publication.licence),
    'columns.csv': columnsCsv(manifest),
    'reproduce.sh': reproduceScript(manifest, runs),
  };
  return new Map(Object.entries(texts));
}

const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;
