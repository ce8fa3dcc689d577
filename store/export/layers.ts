import type { ColumnSpec, NamedColumn } from '../columns.js';
import { type TableName, tableNames, tableSpec } from '../tables/index.js';
import { partitionMatrix } from '../views/partition-matrix.js';
import { roundsSummary } from '../views/rounds-summary.js';
import { serviceInstances } from '../views/service-instances.js';
import type { ViewSpec } from '../views/view-spec.js';

export const exportLayers = ['services', 'client_rounds', 'telemetry', 'compositions'] as const;
export type ExportLayer = (typeof exportLayers)[number];

/** Which layer a table belongs to; without the tables of `run` no row of the others can be understood. */
const layerOf: Readonly<Record<TableName, ExportLayer | 'run'>> = {
  runs: 'run',
  run_params: 'run',
  run_notes: 'run',
  clients: 'services',
  partition_map: 'services',
  compositions: 'compositions',
  rounds: 'client_rounds',
  client_rounds: 'client_rounds',
  update_signatures: 'client_rounds',
  telemetry: 'telemetry',
  messages: 'telemetry',
  events: 'telemetry',
};

/** Views that save a reader the work; `import` needs none of them. */
const viewsOf: Readonly<Record<ExportLayer, readonly ViewSpec[]>> = {
  services: [serviceInstances, partitionMatrix],
  client_rounds: [roundsSummary],
  telemetry: [],
  compositions: [],
};

/** One relation of the store as it is exported. */
export interface ExportTable {
  readonly name: string;
  readonly kind: 'table' | 'view';
  readonly description: string;
  /** Columns that name a row. */
  readonly key: readonly string[];
  readonly columns: readonly NamedColumn[];
}

/** The tables of some layers, then the views; a table stands after those that it refers to. */
export function tablesOf(layers: readonly ExportLayer[]): ExportTable[] {
  const wanted: ReadonlySet<string> = new Set(['run', ...layers]);
  return [
    ...tableNames.filter((table) => wanted.has(layerOf[table])).map(exportTable),
    ...layers.flatMap((layer) => viewsOf[layer]).map(exportView),
  ];
}

function exportTable(name: TableName): ExportTable {
  const { description, key, columns } = tableSpec(name);
  return { name, kind: 'table', description, key, columns: namedColumns(columns) };
}

function exportView({ name, description, columns }: ViewSpec): ExportTable {
  const named = namedColumns(columns);
  const key = named.filter(({ provenance }) => provenance === 'key').map((column) => column.name);
  return { name, kind: 'view', description, key, columns: named };
}

const namedColumns = (columns: Readonly<Record<string, ColumnSpec>>): NamedColumn[] =>
  Object.entries(columns).map(([name, column]) => ({ name, ...column }));

/**
 * The query for one run's rows, by time and then by key, so that they always come in one order.
 * @param runId id of a stored run
 */
export function selectRun({ name, key, columns }: ExportTable, runId: string): string {
  const isText = (column: string): boolean => columns.find((c) => c.name === column)?.type === 'text';
  const order = [
    ...(columns.some((c) => c.name === 'ts') ? ['ts'] : []),
    ...key.filter((c) => c !== 'run_id'),
  ]
    // The order of text must not depend on the database's collation.
    .map((column) => (isText(column) ? `${column} COLLATE "C"` : column));
  // Of a view's expressions only a cast makes sure which type they have.
  return `SELECT ${columns.map((column) => `${column.name}::${column.type}`).join(', ')} FROM ${name}
    WHERE run_id = ${literal(runId)}${order.length > 0 ? ` ORDER BY ${order.join(', ')}` : ''}`;
}

/** A text as an SQL literal, for COPY, which takes no parameters. */
function literal(text: string): string {
  return `E'${text.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`;
}
