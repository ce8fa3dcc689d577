import { FleetError } from '#protocol';
import { compareClientNames } from './client-order.js';
import { type CountMatrix, zeroCounts } from './deal.js';
import { labelWords } from './label-words.js';
import type { Labelled } from './partition.js';

/** Label counts by client and label, as the user wrote them. */
export type Distribution = Readonly<Record<string, Readonly<Record<string, number>>>>;

type Labels = Pick<Labelled, 'classes' | 'classNames' | 'task'>;

/** Samples of each label for clients that the file does not list, as MDG has it. */
const samplesOfUnlisted = 100;

/**
 * The user's own label counts, as in MDG. Clients are taken in the order of their names, numbers in
 * them by value (`client_2` before `client_10`). A file with more clients than the run is cut off; in
 * one with fewer, each further client gets 100 samples of every label.
 *
 * A label may be given by its class's name instead of its number. Where a class has another one's number
 * for its name, as of classes named 1, 2 and 3, a number is always a name.
 *
 * @param classSizes samples of each class
 * @throws FleetError PARTITION_IMPOSSIBLE for an unknown label, a label that a client has twice, or more
 *   samples of one than there are
 */
export function customCounts(
  distribution: Distribution,
  clients: number,
  classSizes: Uint32Array,
  data: Labels,
): CountMatrix {
  const names = Object.keys(distribution).sort(compareClientNames);
  const counts = zeroCounts(clients, classSizes.length);
  for (const [client, row] of counts.entries()) {
    const name = names[client];
    if (name === undefined) {
      row.fill(samplesOfUnlisted);
      continue;
    }
    for (const [label, count] of countsByNumber(distribution[name] ?? {}, data, name)) row[label] = count;
  }
  for (const [label, size] of classSizes.entries()) {
    const asked = counts.reduce((sum, row) => sum + (row[label] ?? 0), 0);
    if (asked > size) {
      throw new FleetError(
        'PARTITION_IMPOSSIBLE',
        `--distribution asks for ${asked} samples of ${labelWords(data, label)}; there are ${size}`,
      );
    }
  }
  return counts;
}

function countsByNumber(
  counts: Readonly<Record<string, number>>,
  data: Labels,
  client: string,
): Map<number, number> {
  const byNumber = new Map<number, number>();
  for (const [key, count] of Object.entries(counts)) {
    const label = labelNumber(key, data, client);
    if (byNumber.has(label)) {
      const keys = Object.keys(counts).filter((other) => labelNumber(other, data, client) === label);
      refuse(client, `${keys.map((other) => JSON.stringify(other)).join(' and ')} are one label`);
    }
    byNumber.set(label, count);
  }
  return byNumber;
}

function labelNumber(key: string, { classes, classNames = [], task }: Labels, client: string): number {
  const named = classNames.indexOf(key);
  if (named >= 0) return named;
  const namesOnly = classNames.some(
    (name, label) => isNumber(name) && Number(name) !== label && Number(name) < classes,
  );
  if (!namesOnly && isNumber(key) && Number(key) < classes) return Number(key);
  const known = namesOnly ? classNames.map((name) => JSON.stringify(name)).join(', ') : `0 to ${classes - 1}`;
  const labels = task === 'regression' ? 'bins of the targets, which stand for labels,' : 'labels';
  return refuse(client, `unknown label ${JSON.stringify(key)}; the ${labels} are ${known}`);
}

const isNumber = (text: string): boolean => /^\d+$/.test(text);

function refuse(client: string, reason: string): never {
  throw new FleetError('PARTITION_IMPOSSIBLE', `--distribution, ${client}: ${reason}`);
}
