export type { AdminTask } from './admin/admin-task.js';
export type { Provenance } from './columns.js';
export { clientRoundsCsv, csvLine } from './csv.js';
export { csvColumns } from './csv-columns.js';
export { renderColumnDocs, renderSchemaDocs } from './docs.js';
export {
  type ExportFormat,
  type ExportLayer,
  exportDataset,
  exportFormats,
  exportLayers,
  importDataset,
  licences,
  queryParquet,
  verifyDataset,
} from './export/index.js';
export { type LockHolder, readLock } from './lock.js';
export { askNamedQuery, type NamedQuery, namedQueries } from './named-queries/index.js';
export { noteRun, type RunNote } from './note-run.js';
export { inspectStore, type OpenOptions, openStore, type StoreAddress } from './open-store.js';
export type { QueryResult, QueryValue } from './query-result.js';
export type { QueryParam } from './read-query.js';
export { Recorder, type RecorderLosses, type RecorderOptions } from './recorder.js';
export { findRun, listRuns, type RunSection, showRun } from './runs.js';
export type { Queryable, QueryOptions, Store } from './store.js';
export type { StoreNotice } from './store-notice.js';
export { readStoredRun, type StoredRun } from './stored-run.js';
export { type Row, type RowBatch, type TableName, tableNames, tables } from './tables/index.js';
export { runTimeseries, timeseriesMetrics } from './timeseries.js';
export type { WrittenRows } from './write-batch.js';
