import { FleetError } from '#protocol';
import type { Dataset } from '../dataset.js';
import type { DatasetInfo } from '../dataset-info.js';
import type { Samples } from '../samples.js';
import { fitScaler, scaleRows } from './scaler.js';
import { splitTable } from './split-table.js';
import type { Table } from './table.js';
import type { TableArgs } from './table-args.js';

/** What of a table's description does not follow from the table and its split. */
export type TableDescription = Omit<DatasetInfo, 'trainCount' | 'testCount'>;

/**
 * Splits a table and scales it. Scalers are fitted to the training rows alone, so that nothing of the
 * test set enters the training.
 *
 * @throws FleetError DATASET_INVALID when no row is left to test: every class has a single one
 */
export function openTable(
  description: TableDescription,
  table: Table,
  { test_size, seed, scaler, y_standardize }: TableArgs,
): Dataset {
  const { train, test } = splitTable(table, test_size, seed);
  if (test.length === 0) {
    throw new FleetError(
      'DATASET_INVALID',
      `${description.name}: ${table.rows} rows of as many classes, so none is left to test; a class needs 2 rows`,
    );
  }
  const features = fitScaler(scaler, table.features, table.featureNames.length, train);
  const targets = fitScaler(y_standardize ? 'standard' : 'none', table.target, 1, train);
  const isRegression = table.task === 'regression';
  const labelsOf = (rows: Uint32Array): Uint8Array =>
    Uint8Array.from(rows, (row) => (isRegression ? 0 : (table.target[row] ?? 0)));
  const targetsOf = (rows: Uint32Array): Float32Array => scaleRows(targets, table.target, rows);
  const samples = (rows: Uint32Array): Samples => ({
    count: rows.length,
    inputShape: description.inputShape,
    features: scaleRows(features, table.features, rows),
    scale: 1,
    labels: labelsOf(rows),
    ...(isRegression ? { targets: targetsOf(rows) } : {}),
  });
  return {
    info: { ...description, trainCount: train.length, testCount: test.length },
    trainLabels: labelsOf(train),
    testLabels: labelsOf(test),
    trainTargets: isRegression ? targetsOf(train) : undefined,
    readTrain: async (indices) => samples(rowsAt(train, indices)),
    readTest: async () => samples(test),
    close: async () => undefined,
  };
}

function rowsAt(rows: Uint32Array, indices: Uint32Array): Uint32Array {
  const last = indices.reduce((a, b) => Math.max(a, b), 0);
  if (indices.length > 0 && last >= rows.length) {
    throw new RangeError(`row ${last} of a table that trains with ${rows.length}`);
  }
  return Uint32Array.from(indices, (index) => rows[index] ?? 0);
}
