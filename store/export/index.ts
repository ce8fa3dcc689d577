export { exportDataset } from './export-dataset.js';
export { importDataset } from './import-dataset.js';
export { type ExportLayer, exportLayers } from './layers.js';
export { licences } from './licences.js';
export { type ExportFormat, exportFormats } from './manifest.js';
export { queryParquet } from './query-parquet.js';
export { verifyDataset } from './verify-dataset.js';
