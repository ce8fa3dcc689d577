import { FleetError, type RandomStream, type RunConfig } from '#protocol';
import { type CountMatrix, evenParts, zeroCounts } from './deal.js';
import { labelCountWords, labelWords } from './label-words.js';
import type { Labelled } from './partition.js';

export interface ClassAssignment {
  /** What the classes are called, for errors. */
  readonly data: Pick<Labelled, 'classes' | 'classNames' | 'task'>;
  /** Samples of each class. */
  readonly classSizes: Uint32Array;
  readonly clients: number;
  /** Different classes that a client holds. */
  readonly perClient: number;
  /**
   * `random`: drawn without replacement. `deterministic`: client i holds the classes i, i+1, …
   * modulo their number. `first-deterministic`: the first is i modulo their number, the others drawn.
   */
  readonly mode: NonNullable<RunConfig['classAssignment']>;
}

/**
 * A fixed number of classes a client: which ones is decided first, then each class is divided evenly
 * over the clients that hold it, the remainder to the first of them. Samples of a class that no client
 * holds are left out. With `random` this is MDG's `label_per_client`, with `first-deterministic` the
 * label-based skew #C = k of NIID-Bench (Li et al. 2022, section IV-A); all three are Flower's
 * `PathologicalPartitioner`.
 *
 * @throws FleetError PARTITION_IMPOSSIBLE for more classes a client than there are, or a class held by
 *   more clients than it has samples
 */
export function classAssignmentCounts(assignment: ClassAssignment, stream: RandomStream): CountMatrix {
  const { data, classSizes, clients, perClient, mode } = assignment;
  const classes = classSizes.length;
  if (perClient > classes) {
    throw new FleetError(
      'PARTITION_IMPOSSIBLE',
      `--distribution-param ${perClient}: the data has ${labelCountWords(data)}; 1 to ${classes} a client`,
    );
  }
  const held = Array.from({ length: clients }, (_, client) =>
    heldBy(client, classes, perClient, mode, stream),
  );
  const counts = zeroCounts(clients, classes);
  for (const [label, size] of classSizes.entries()) {
    const holders = counts.filter((_, client) => held[client]?.includes(label));
    if (holders.length > size) {
      throw new FleetError(
        'PARTITION_IMPOSSIBLE',
        `${holders.length} clients hold ${labelWords(data, label)}, which has ${size} samples; fewer --clients or another --distribution-param`,
      );
    }
    const parts = evenParts(size, Math.max(1, holders.length));
    for (const [i, row] of holders.entries()) row[label] = parts[i] ?? 0;
  }
  return counts;
}

function heldBy(
  client: number,
  classes: number,
  perClient: number,
  mode: ClassAssignment['mode'],
  stream: RandomStream,
): number[] {
  const inTurn = Array.from({ length: classes }, (_, i) => (client + i) % classes);
  if (mode === 'deterministic') return inTurn.slice(0, perClient);
  if (mode === 'random') return stream.shuffle(inTurn).slice(0, perClient);
  const [first = 0, ...others] = inTurn;
  return [first, ...stream.shuffle(others).slice(0, perClient - 1)];
}
