import { useMemo } from 'preact/hooks';
import { fittedAxis, ratioAxis, unitAxis } from '../../charts/axis.js';
import { type CellValues, Heatmap } from '../../charts/heatmap.js';
import { Scatter } from '../../charts/scatter.js';
import { agentName } from '../../live/agents.js';
import { useLive, useRunId, useScoreName } from '../../live/use-live.js';
import { selectClients, toggleClient, useSelection } from '../../state/selection.js';
import { useQuery } from '../../state/use-query.js';
import { capitalised, formatCount, formatCounted, formatValue } from '../../ui/format.js';
import { QueryState } from '../../ui/query-state.js';
import { Tile } from '../../ui/tile.js';
import { noValuesText } from '../qos/qos-metrics.js';
import { useLabelNoun } from './label-noun.js';

interface Share {
  readonly client: number;
  readonly samples: number;
  readonly labels: readonly number[];
  /** Jensen-Shannon divergence of its labels from the whole data, in bits. */
  readonly divergence: number;
}

const sampleCounts: CellValues = {
  kind: 'amounts',
  format: (count) => formatCounted(Math.round(count), 'sample'),
};

/** Who holds which data, how far that is from the whole, and what it does to accuracy or score. */
export function DataShares() {
  const run = useRunId();
  const finished = useLive(({ rounds }) => rounds.length);
  const { clients: selected } = useSelection();
  const shares = useQuery(
    `SELECT client_id, samples_count, data_distribution, label_js_bits FROM clients
     WHERE run_id = $1 ORDER BY client_id`,
    [run ?? ''],
    run,
  );
  const accuracies = useQuery(
    `SELECT DISTINCT ON (client_id) client_id, metric_score FROM client_rounds
     WHERE run_id = $1 AND metric_score IS NOT NULL ORDER BY client_id, round DESC`,
    [run ?? ''],
    finished,
  );
  const noun = useLabelNoun();
  const scoreName = useScoreName();
  const known = useMemo(() => sharesOf(shares.result?.rows ?? []), [shares.result]);
  const matrix = useMemo(() => known.filter(({ labels }) => labels.length > 0), [known]);
  const marks = useMemo(() => {
    const byClient = new Map(
      accuracies.result?.rows.map(([client, accuracy]) => [Number(client), Number(accuracy)]),
    );
    return known.flatMap(({ client, divergence }) => {
      const accuracy = byClient.get(client);
      return accuracy === undefined || Number.isNaN(divergence)
        ? []
        : [{ id: client, label: agentName(client), x: divergence, y: accuracy }];
    });
  }, [known, accuracies.result]);
  const sizes = useMemo(
    () =>
      known
        .filter(({ divergence }) => !Number.isNaN(divergence))
        .map(({ client, samples, divergence }) => ({
          id: client,
          label: agentName(client),
          x: samples,
          y: divergence,
        })),
    [known],
  );
  const samples = known.map((share) => share.samples).sort((a, b) => a - b);
  const divergences = known.map(({ divergence }) => divergence).filter((value) => !Number.isNaN(value));
  const mean = divergences.reduce((sum, value) => sum + value, 0) / divergences.length;
  return (
    <QueryState answer={shares}>
      <section class="tiles fitted" aria-label="Key figures">
        <Tile
          name="Training samples"
          value={formatCount(samples.reduce((sum, value) => sum + value, 0))}
          note={`${known.length} clients, ${formatCounted(matrix[0]?.labels.length ?? 0, noun)}${noun === 'bin' ? ' of the target' : ''}`}
        />
        <Tile
          name="Smallest share"
          value={formatCount(samples[0] ?? 0)}
          note={`median ${formatCount(samples[Math.floor((samples.length - 1) / 2)] ?? 0)}`}
        />
        <Tile name="Largest share" value={formatCount(samples.at(-1) ?? 0)} note="samples of one client" />
        <Tile
          name="Mean divergence"
          value={formatValue(mean, 'bit')}
          note="Jensen-Shannon, from the whole data; 0 is the same, 1 shares nothing"
        />
      </section>
      <Heatmap
        title={`Samples by client and ${noun}`}
        testId="label-matrix"
        rowName={(row) => agentName(matrix[row]?.client ?? 0)}
        columnName={(column) => String(column)}
        values={useMemo(() => matrix.map(({ labels }) => labels), [matrix])}
        meaning={sampleCounts}
        onSelect={(row) => toggleClient(matrix[row]?.client ?? 0)}
        emptyText="This data has no labels to count."
      />
      <div class="charts">
        <Scatter
          title={`${capitalised(scoreName)} against heterogeneity`}
          testId="heterogeneity"
          marks={marks}
          xLabel={`divergence of ${noun}s (bit)`}
          yLabel={`local ${scoreName}, latest round`}
          xAxis={fittedAxis}
          yAxis={ratioAxis}
          selected={selected}
          onSelect={selectClients}
          emptyText={noValuesText(finished)}
        />
        <Scatter
          title="Size and divergence of shares"
          testId="shares"
          marks={sizes}
          xLabel="samples"
          yLabel={`divergence of ${noun}s (bit)`}
          xAxis={unitAxis('')}
          yAxis={fittedAxis}
          selected={selected}
          onSelect={selectClients}
          emptyText="This data has no labels to compare."
        />
      </div>
    </QueryState>
  );
}

const sharesOf = (rows: readonly (readonly unknown[])[]): Share[] =>
  rows.map(([client, samples, counts, divergence]) => ({
    client: Number(client),
    samples: Number(samples),
    labels: Array.isArray(counts) ? counts.map(Number) : [],
    divergence: typeof divergence === 'number' ? divergence : Number.NaN,
  }));
