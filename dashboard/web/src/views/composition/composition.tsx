import { useMemo, useState } from 'preact/hooks';
import { Heatmap } from '../../charts/heatmap.js';
import { agentName } from '../../live/agents.js';
import { useLive, useRunId, useScoreName } from '../../live/use-live.js';
import { toggleClient } from '../../state/selection.js';
import { useQuery } from '../../state/use-query.js';
import { QueryState } from '../../ui/query-state.js';
import { scoreColumn, useQosMetrics } from '../qos/qos-metrics.js';
import { ComposedQuality } from './composed-quality.js';
import { Parallel, type Service } from './parallel.js';

/** Qualities on the axes beside accuracy or score, where the store has them. */
const wanted = [
  'loss',
  'throughput',
  'response_time_s',
  'compute_time_s',
  'upload_time_s',
  'availability',
  'energy_j',
  'cost_usd',
];
const outcomes = {
  kind: 'kinds',
  kinds: [
    { label: 'failed', color: '--second' },
    { label: 'took part', color: '--accent' },
    { label: 'chosen, not finished yet', color: '--waiting' },
  ],
} as const;

/** Which services make up each round, and how they compare with those that were left out. */
export function Composition() {
  const run = useRunId();
  const strategy = useLive((model) => model.run?.composition ?? '');
  const finished = useLive(({ rounds }) => rounds.length);
  const answer = useQuery(
    'SELECT round, strategy, chosen, cardinality(eligible) FROM compositions WHERE run_id = $1 ORDER BY round',
    [run ?? ''],
    `${finished}`,
  );
  const results = useQuery(
    `SELECT round, client_id, participated_flag FROM client_rounds WHERE run_id = $1 AND selected_flag`,
    [run ?? ''],
    finished,
  );
  const rounds = answer.result?.rows ?? [];
  const [shown, show] = useState<number>();
  const last = rounds.at(-1);
  const row = rounds.find(([round]) => Number(round) === shown) ?? last;
  const chosen = useMemo(() => new Set(Array.isArray(row?.[2]) ? row[2].map(Number) : []), [row]);
  const matrix = useMemo(() => matrixOf(rounds, results.result?.rows ?? []), [answer.result, results.result]);
  return (
    <QueryState answer={answer}>
      <section class="panel bar" aria-label="Composition">
        <strong>Composition strategy</strong> {strategy}
        {row !== undefined && (
          <label class="choice">
            <span>Round</span>
            <input
              type="range"
              min={1}
              max={rounds.length}
              value={Number(row[0])}
              aria-label="Round"
              onInput={({ currentTarget }) => show(Number(currentTarget.value))}
            />
            {String(row[0])}: {chosen.size} of {String(row[3])} services
          </label>
        )}
      </section>
      {rounds.length === 0 ? (
        <section class="panel">
          <p class="empty tall">The first composition comes when the agents are there.</p>
        </section>
      ) : (
        <>
          <Heatmap
            title="Chosen services by round"
            testId="chosen"
            rowName={(client) => agentName(client)}
            columnName={(round) => String(round + 1)}
            values={matrix}
            meaning={outcomes}
            onSelect={toggleClient}
            emptyText="No service was chosen."
          />
          <Services chosen={chosen} />
          <ComposedQuality shown={row === undefined ? undefined : Number(row[0])} onShow={show} />
          <p class="hint">
            Regret is shown for strategies that predict what a composition comes to; {strategy} does not.
          </p>
        </>
      )}
    </QueryState>
  );
}

/** Per client and round the number of the outcome; NaN when not chosen. */
function matrixOf(
  rounds: readonly (readonly unknown[])[],
  results: readonly (readonly unknown[])[],
): readonly (readonly number[])[] {
  const clients = Math.max(0, ...rounds.map(([, , , eligible]) => Number(eligible)));
  const matrix = Array.from({ length: clients }, () => new Array<number>(rounds.length).fill(Number.NaN));
  const set = (client: number, round: number, value: number): void => {
    const row = matrix[client];
    if (row !== undefined && round >= 1 && round <= rounds.length) row[round - 1] = value;
  };
  for (const [round, , chosen] of rounds) {
    if (Array.isArray(chosen)) for (const client of chosen) set(Number(client), Number(round), 2);
  }
  for (const [round, client, participated] of results)
    set(Number(client), Number(round), participated === true ? 1 : 0);
  return matrix;
}

function Services({ chosen }: { readonly chosen: ReadonlySet<number> }) {
  const run = useRunId();
  const finished = useLive(({ rounds }) => rounds.length);
  const { answer: qualities, metrics } = useQosMetrics();
  const score = scoreColumn(useScoreName());
  const axes = metrics.filter(({ id }) => id === score || wanted.includes(id));
  const answer = useQuery(
    qualities.result &&
      `SELECT client_id, ${axes.map(({ sql }) => `avg((${sql})::float8)`).join(', ')} FROM client_rounds
       WHERE run_id = $1 AND selected_flag GROUP BY client_id ORDER BY client_id`,
    [run ?? ''],
    finished,
  );
  const services = useMemo(
    () =>
      (answer.result?.rows ?? []).map(([client, ...values]) => ({
        client: Number(client),
        label: agentName(Number(client)),
        values: values.map((value) => (value === null ? Number.NaN : Number(value))),
      })),
    [answer.result],
  );
  const known = withValues(axes, services);
  return (
    <QueryState answer={qualities}>
      <QueryState answer={answer}>
        {services.length === 0 ? (
          <section class="panel">
            <p class="empty tall">Qualities of services come with the end of round 1.</p>
          </section>
        ) : (
          <Parallel {...known} chosen={chosen} />
        )}
      </QueryState>
    </QueryState>
  );
}

/** The axes on which a service has a value, with the services on them. */
function withValues<A>(
  axes: readonly A[],
  services: readonly Service[],
): { readonly axes: readonly A[]; readonly services: readonly Service[] } {
  const isKnown = axes.map((_, i) => services.some(({ values }) => !Number.isNaN(values[i])));
  const kept = <T,>(all: readonly T[]): readonly T[] => all.filter((_, i) => isKnown[i] === true);
  return {
    axes: kept(axes),
    services: services.map((service) => ({ ...service, values: kept(service.values) })),
  };
}
