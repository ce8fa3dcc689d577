import { createAggregation } from '#learning';
import { alternate } from './alternate.js';
import { machineVersions, median, print, rounded } from './report.js';

const clients = 100;
const parameters = 109_386;
const runs = 15;

/** FedAvg of 100 updates of an MLP 784-128-64-10, against reading the same bytes once. */
export default async function aggregation(): Promise<void> {
  const updates = Array.from({ length: clients }, (_, client) => ({
    client,
    samples: 600 + client,
    weights: Float32Array.from({ length: parameters }, (_, i) => Math.sin(client + i)),
  }));
  const global = new Float32Array(parameters);
  const fedAvg = createAggregation('fedavg', { byzantineShare: 0, participants: clients });
  const milliseconds = async (work: () => unknown): Promise<number> => {
    const began = performance.now();
    work();
    return performance.now() - began;
  };
  const readAll = (): number => {
    let total = 0;
    for (const { weights } of updates) {
      let sum = 0;
      for (let i = 0; i < weights.length; i++) sum += weights[i] ?? 0;
      total += sum;
    }
    return total;
  };
  await alternate(
    5,
    () => milliseconds(() => fedAvg.aggregate(global, updates, 1)),
    () => milliseconds(readAll),
  );
  const { ours, theirs } = await alternate(
    runs,
    () => milliseconds(() => fedAvg.aggregate(global, updates, 1)),
    () => milliseconds(readAll),
  );
  print({
    bench: 'aggregation',
    case: 'fedavg-100x109386',
    value: rounded(median(ours)),
    unit: 'ms',
    ratio: rounded(median(ours) / median(theirs)),
    against: 'one pass over the same bytes that sums them, in JavaScript',
    spread: [rounded(Math.min(...ours)), rounded(Math.max(...ours))],
    runs,
    versions: machineVersions(),
  });
}
