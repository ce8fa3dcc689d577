import type { Provenance } from '../columns.js';
import type { Manifest } from './manifest.js';
import type { RunFacts } from './run-facts.js';

/** Statements about a dataset that several of its papers make, each as plain text. */
export interface DatasetFacts {
  /** ISO 8601, UTC. */
  readonly firstStart: string;
  readonly lastEnd: string;
  /** Values of a setting or fact over the runs, each once. */
  readonly trainingData: readonly string[];
  readonly partitions: readonly string[];
  readonly engines: readonly string[];
  readonly machines: readonly string[];
  readonly clients: readonly string[];
  readonly rounds: readonly string[];
  readonly seeds: readonly string[];
  readonly collection: string;
  readonly missingData: string;
  readonly rawData: string;
  readonly preprocessing: string;
  readonly limitations: readonly string[];
  readonly biases: readonly string[];
  readonly useCases: readonly string[];
  readonly socialImpact: string;
  readonly personalInformation: string;
  readonly maintenance: string;
}

/** What a manifest and its runs tell of the dataset. */
export function facts(manifest: Manifest, runs: readonly RunFacts[]): DatasetFacts {
  const trainingData = each(runs, ({ run }) => run.dataset);
  const partitions = each(runs, ({ run }) =>
    run.strategy === 'iid' ? 'iid' : `${run.strategy} (${run.distribution_param})`,
  );
  const engines = each(runs, (run) => param(run, 'engine', 'name'));
  const machines = each(
    runs,
    (run) =>
      `${param(run, 'machine', 'cpu')}, ${param(run, 'machine', 'cores')} cores, Node ${param(run, 'machine', 'node')}`,
  );
  return {
    firstStart: iso(Math.min(...runs.map(({ run }) => run.created_at))),
    lastEnd: iso(Math.max(...runs.map(({ run }) => run.finished_at ?? run.created_at))),
    trainingData,
    partitions,
    engines,
    machines,
    clients: each(runs, ({ run }) => String(run.clients)),
    rounds: each(runs, ({ run }) => String(run.rounds)),
    seeds: each(runs, ({ run }) => String(run.seed)),
    collection: `Every client was a separate operating-system process that trained on its own share of ${trainingData.join(', ')} (partition: ${partitions.join(', ')}) and sent its updates and telemetry over MQTT to an aggregator, which stored every record with its time. Machine: ${machines.join('; ')}. Training engine: ${engines.join(', ')}.`,
    missingData: missingData(manifest),
    rawData: `The records as the aggregator received them. The training data itself (${trainingData.join(', ')}) is not part of this dataset.`,
    preprocessing:
      'None: no record was filtered, imputed, rounded or aggregated on the way from the store to the files.',
    limitations: [
      'Measured columns depend on the machine, its load and its clock; they are not those of real edge devices.',
      'All clients of a host share its cores. No more of them train at once than it has cores, so compute times are those of one core, and waiting for a core is recorded apart.',
      'The latency of messages includes the difference between the clocks of the machines that take part.',
      ...unfinished(runs),
    ],
    biases: [
      `Clients differ in their data as the partition says (${partitions.join(', ')}), not as any population of providers does.`,
      'The fleet and its workload are synthetic; frequencies of failures and of QoS levels must not be taken for those of a market.',
    ],
    useCases: [
      'Research into the selection and composition of MLaaS services by their quality of service over time.',
      'Research into federated learning on skewed data: client selection, aggregation, dropout.',
    ],
    socialImpact: 'Simulated records of machines; no direct effect on persons is expected.',
    personalInformation: `None: records describe simulated clients. ${trainingData.join(', ')} may have terms of its own.`,
    maintenance:
      'The dataset is not updated in place; reproduce.sh makes its runs again, and a change is a new version.',
  };
}

/** How many columns have which provenance. */
export function provenanceCounts({ tables }: Manifest): ReadonlyMap<Provenance, number> {
  const counts = new Map<Provenance, number>();
  for (const { columns } of tables) {
    for (const { provenance } of columns) counts.set(provenance, (counts.get(provenance) ?? 0) + 1);
  }
  return counts;
}

function missingData({ tables }: Manifest): string {
  const parts = tables.flatMap(({ name, rows, nulls }) =>
    Object.entries(nulls)
      .filter(([, count]) => count > 0)
      .map(([column, count]) => `${name}.${column} (${count} of ${rows} rows)`),
  );
  const rule = 'A missing value is null and means that there was nothing to record.';
  return parts.length === 0 ? `${rule} No value is missing.` : `${rule} Missing: ${parts.join(', ')}.`;
}

/** What is to be said of runs that have no end; nothing where there are none. */
function unfinished(runs: readonly RunFacts[]): string[] {
  const named = runs
    .filter(({ run }) => run.status !== 'finished')
    .map(({ run }) => `${run.run_id} (${run.status})`);
  if (named.length === 0) return [];
  return [`${named.length} of ${runs.length} runs did not finish: ${named.join(', ')}.`];
}

function param({ params }: RunFacts, scope: string, key: string): string {
  return params.find((one) => one.scope === scope && one.key === key)?.value ?? 'unknown';
}

const each = (runs: readonly RunFacts[], of: (run: RunFacts) => string): string[] => [
  ...new Set(runs.map(of)),
];

const iso = (ms: number): string => new Date(ms).toISOString();
