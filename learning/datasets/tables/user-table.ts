import { FleetError } from '#protocol';
import { type CsvRecord, numberField } from './parse-csv.js';
import type { Table } from './table.js';
import type { CsvArgs } from './table-args.js';

/** Labels are stored in one byte. */
const maxClasses = 256;
/** A target of whole numbers, and not more of them, is taken for classes. */
const maxNumericClasses = 20;

/**
 * Makes a table of a user's records, the first of which names the columns.
 *
 * @param path for errors
 * @throws FleetError CONFIG_INVALID for a column that is not there; DATASET_INVALID, naming line and
 *   column, for text or nothing where a number must be, and for a target that cannot be learnt
 */
export function userTable(
  [first, ...records]: readonly CsvRecord[],
  { target, task, drop }: Pick<CsvArgs, 'target' | 'task' | 'drop'>,
  path: string,
): Table {
  const header = first?.fields ?? [];
  if (records.length < 2) {
    throw new FleetError(
      'DATASET_INVALID',
      `${path}: ${records.length} rows below the header, at least 2 are needed`,
    );
  }
  const repeated = header.find((name, i) => header.indexOf(name) < i);
  if (repeated !== undefined) {
    throw new FleetError('DATASET_INVALID', `${path}: two columns are named ${JSON.stringify(repeated)}`);
  }
  const indexOf = (argument: string, name: string): number => {
    const index = header.indexOf(name);
    if (index >= 0) return index;
    throw new FleetError(
      'CONFIG_INVALID',
      `--dataset-arg ${argument}=${name}: ${path} has the columns ${header.join(', ')}`,
    );
  };
  const targetIndex = target === undefined ? header.length - 1 : indexOf('target', target);
  const dropped = new Set(
    drop === undefined ? [] : drop.split(',').map((name) => indexOf('drop', name.trim())),
  );
  const columns = [...header.keys()].filter((column) => column !== targetIndex && !dropped.has(column));
  if (columns.length === 0) throw new FleetError('DATASET_INVALID', `${path}: no column besides the target`);
  const where = (row: number): string => `${path}:${records[row]?.line}`;
  const features = records.flatMap(({ fields }, row) =>
    columns.map((column) =>
      numberField(fields[column] ?? '', header[column] ?? '', where(row), 'DATASET_INVALID'),
    ),
  );
  const texts = records.map(({ fields }, row) => {
    const text = fields[targetIndex] ?? '';
    if (text !== '') return text;
    throw new FleetError(
      'DATASET_INVALID',
      `${where(row)}: column ${JSON.stringify(header[targetIndex])} is empty, the target must be there`,
    );
  });
  return {
    ...targetOf(texts, task, { path, name: header[targetIndex] ?? '', where }),
    featureNames: columns.map((column) => header[column] ?? ''),
    rows: records.length,
    features: Float64Array.from(features),
  };
}

interface TargetPlace {
  readonly path: string;
  readonly name: string;
  where(row: number): string;
}

function targetOf(
  texts: readonly string[],
  task: CsvArgs['task'],
  { path, name, where }: TargetPlace,
): Pick<Table, 'task' | 'classNames' | 'target'> {
  const distinct = [...new Set(texts)];
  if ((task ?? likelyTask(distinct)) === 'regression') {
    const target = texts.map((text, row) => numberField(text, name, where(row), 'DATASET_INVALID'));
    return { task: 'regression', classNames: [], target: Float64Array.from(target) };
  }
  if (distinct.length < 2 || distinct.length > maxClasses) {
    throw new FleetError(
      'DATASET_INVALID',
      `${path}: column ${JSON.stringify(name)} has ${distinct.length} classes, allowed are 2 to ${maxClasses}`,
    );
  }
  const classNames = distinct.every(isNumber)
    ? distinct.sort((a, b) => Number(a) - Number(b))
    : distinct.sort((a, b) => (a < b ? -1 : 1));
  const indices = new Map(classNames.map((className, i) => [className, i]));
  return {
    task: 'classification',
    classNames,
    target: Float64Array.from(texts, (text) => indices.get(text) ?? Number.NaN),
  };
}

function likelyTask(distinct: readonly string[]): Table['task'] {
  const isClasses =
    !distinct.every(isNumber) ||
    (distinct.length <= maxNumericClasses && distinct.every((text) => Number.isInteger(Number(text))));
  return isClasses ? 'classification' : 'regression';
}

const isNumber = (text: string): boolean => Number.isFinite(Number(text));
