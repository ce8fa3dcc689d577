import { FleetError } from '#protocol';
import { type CountMatrix, zeroCounts } from './deal.js';

/** Label counts by client and label, as the user wrote them. */
export type Distribution = Readonly<Record<string, Readonly<Record<string, number>>>>;

/** Samples of each label for clients that the file does not list, as MDG has it. */
const samplesOfUnlisted = 100;

/**
 * The user's own label counts, as in MDG. Clients are taken in the order of their names, numbers in
 * them by value (`client_2` before `client_10`). A file with more clients than the run is cut off; in
 * one with fewer, each further client gets 100 samples of every label.
 *
 * @param classSizes samples of each class
 * @param classNames a label may be given by its name instead of its number
 * @throws FleetError PARTITION_IMPOSSIBLE for an unknown label, or more samples of one than there are
 */
export function customCounts(
  distribution: Distribution,
  clients: number,
  classSizes: Uint32Array,
  classNames: readonly string[],
): CountMatrix {
  const names = Object.keys(distribution).sort(new Intl.Collator('en', { numeric: true }).compare);
  const counts = zeroCounts(clients, classSizes.length);
  for (const [client, row] of counts.entries()) {
    const name = names[client];
    if (name === undefined) {
      row.fill(samplesOfUnlisted);
      continue;
    }
    for (const [label, count] of Object.entries(distribution[name] ?? {})) {
      row[labelNumber(label, classSizes.length, classNames, name)] = count;
    }
  }
  for (const [label, size] of classSizes.entries()) {
    const asked = counts.reduce((sum, row) => sum + (row[label] ?? 0), 0);
    if (asked > size) {
      throw new FleetError(
        'PARTITION_IMPOSSIBLE',
        `--distribution asks for ${asked} samples of label ${label}; there are ${size}`,
      );
    }
  }
  return counts;
}

function labelNumber(label: string, classes: number, classNames: readonly string[], client: string): number {
  const named = classNames.indexOf(label);
  const number = named >= 0 ? named : /^\d+$/.test(label) ? Number(label) : Number.NaN;
  if (number < classes) return number;
  throw new FleetError(
    'PARTITION_IMPOSSIBLE',
    `--distribution, ${client}: unknown label ${JSON.stringify(label)}; the labels are 0 to ${classes - 1}`,
  );
}
