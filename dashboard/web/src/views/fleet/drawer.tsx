import { useMemo } from 'preact/hooks';
import { resultMetrics, telemetryMetrics } from '../../../../server/frames/metrics.js';
import { type Axis, fittedAxis, ratioAxis, roundAxis } from '../../charts/axis.js';
import { barsSvg } from '../../charts/bars-svg.js';
import { ChartPanel } from '../../charts/chart-panel.js';
import { cssColor, plotSavings } from '../../charts/save.js';
import { SaveMenu } from '../../charts/save-menu.js';
import { agentName, numberOf, stateOf } from '../../live/agents.js';
import type { AgentTable } from '../../live/model.js';
import { useLive, useScoreName } from '../../live/use-live.js';
import { useQuery, type Value } from '../../state/use-query.js';
import { stateLabel } from '../../ui/agent-states.js';
import { formatCount, formatCounted, formatTime, formatValue, noValue } from '../../ui/format.js';
import { metricLabel } from '../../ui/metric-label.js';
import { ScrollBox } from '../../ui/scroll-box.js';
import { useLabelNoun } from '../shares/label-noun.js';
import { AgentActions } from './agent-actions.js';
import { DeviceAndLink } from './device-and-link.js';
import { FactsList } from './facts-list.js';
import { Histogram } from './histogram.js';

/** Lines of an agent's log that are shown. */
const logRows = 50;

/** All of one agent: figures, its data, its training, its events. */
export function Drawer({
  agents,
  client,
  onClose,
}: {
  readonly agents: AgentTable;
  readonly client: number;
  readonly onClose: () => void;
}) {
  const run = useLive((model) => model.run);
  const finished = useLive(({ rounds }) => rounds.length);
  const name = agentName(client);
  return (
    <aside class="panel drawer" aria-label={`Agent ${name}`} data-testid="drawer">
      <h2>
        {name}
        <button type="button" onClick={onClose} aria-label="Close">
          ✕
        </button>
      </h2>
      <AgentActions client={client} />
      <AgentFacts agents={agents} client={client} />
      {run !== undefined && (
        <>
          <DeviceAndLink run={run.runId} client={client} version={`${finished} ${run.status}`} />
          <Labels run={run.runId} client={client} />
          <TrainingCurve run={run.runId} client={client} rounds={run.rounds} finished={finished} />
          <AgentLog run={run.runId} client={client} version={`${finished} ${run.status}`} />
        </>
      )}
    </aside>
  );
}

function AgentFacts({ agents, client }: { readonly agents: AgentTable; readonly client: number }) {
  const scoreName = useScoreName();
  const count = (column: string): string => formatCount(numberOf(agents, column, client));
  const times = (column: string): string => formatCounted(numberOf(agents, column, client), 'time');
  const pid = numberOf(agents, 'pid', client);
  const facts: readonly (readonly [string, string])[] = [
    ['state', stateLabel(stateOf(agents, client))],
    ['round', count('round')],
    ['samples', count('samples')],
    ['took part', times('participations')],
    ['failed', times('failures')],
    ['last failure', agents.failReasons[client] ?? 'none'],
    ['process', pid > 0 ? String(pid) : noValue],
    ...[...resultMetrics, ...telemetryMetrics].map(
      (metric) =>
        [
          metricLabel(metric, scoreName).toLowerCase(),
          formatValue(numberOf(agents, metric.id, client), metric.unit),
        ] as const,
    ),
  ];
  return <FactsList facts={facts} testId="agent-details" />;
}

function Labels({ run, client }: { readonly run: string; readonly client: number }) {
  const { result } = useQuery('SELECT data_distribution FROM clients WHERE run_id = $1 AND client_id = $2', [
    run,
    client,
  ]);
  const known = result?.rows[0]?.[0];
  const counts = Array.isArray(known) ? known.map(Number) : [];
  const bars = counts.map((count, label) => ({ label: String(label), count }));
  const noun = useLabelNoun();
  const title = `Samples by ${noun}`;
  const savings = plotSavings(
    `${title} of ${agentName(client)}`,
    () => barsSvg({ title, counts, labels: bars.map(({ label }) => label) }, cssColor),
    () => [[noun, 'samples'], bars.map(({ label, count }) => [label, count])],
  );
  return (
    <section aria-label={title}>
      <h2>
        {title}
        <SaveMenu title={title} savings={savings} />
      </h2>
      <Histogram bars={bars} />
    </section>
  );
}

interface TrainingCurveProps {
  readonly run: string;
  readonly client: number;
  readonly rounds: number;
  readonly finished: number;
}

function TrainingCurve({ run, client, rounds, finished }: TrainingCurveProps) {
  const { result } = useQuery(
    'SELECT round, metric_score, loss FROM client_rounds WHERE run_id = $1 AND client_id = $2 ORDER BY round',
    [run, client],
    finished,
  );
  const scoreName = useScoreName();
  const xAxis = useMemo(() => roundAxis(rounds), [rounds]);
  const rows = result?.rows ?? [];
  return (
    <>
      <LocalCurve
        {...{ name: scoreName, testId: 'agent-accuracy', color: '--accent', unit: 'ratio' }}
        {...{ rows, column: 1, xAxis, yAxis: ratioAxis }}
      />
      <LocalCurve
        {...{ name: 'loss', testId: 'agent-loss', color: '--second', unit: '' }}
        {...{ rows, column: 2, xAxis, yAxis: fittedAxis }}
      />
    </>
  );
}

interface LocalCurveProps {
  readonly name: string;
  readonly testId: string;
  readonly color: string;
  readonly unit: string;
  /** The rounds of the agent, each with the measure in a column. */
  readonly rows: readonly (readonly Value[])[];
  readonly column: number;
  readonly xAxis: Axis;
  readonly yAxis: Axis;
}

/** A measure of an agent over the rounds that it has taken part in: of the others there is none. */
function LocalCurve({ name, testId, color, unit, rows, column, xAxis, yAxis }: LocalCurveProps) {
  const known = useMemo(
    () =>
      rows.filter((row) => row[column] !== null).map((row) => [Number(row[0]), Number(row[column])] as const),
    [rows, column],
  );
  const x = useMemo(() => known.map(([round]) => round), [known]);
  const lines = useMemo(
    () => [{ label: name, color, values: known.map(([, value]) => value) }],
    [known, name, color],
  );
  const textOf = (index: number): string => formatValue(known[index]?.[1], unit);
  return (
    <ChartPanel
      title={`Local ${name}`}
      testId={testId}
      x={x}
      xName="round"
      xAxis={xAxis}
      yAxis={yAxis}
      lines={lines}
      reading={(index) => (
        <>
          <b>{textOf(index)}</b> round {known[index]?.[0]}
        </>
      )}
      spoken={textOf(known.length - 1)}
      emptyText="It has finished no round yet."
    />
  );
}

function AgentLog({
  run,
  client,
  version,
}: {
  readonly run: string;
  readonly client: number;
  readonly version: string;
}) {
  const { result, error } = useQuery(
    `SELECT extract(epoch FROM ts)::float8 * 1000, type, level, code, round, message FROM events
     WHERE run_id = $1 AND client_id = $2 ORDER BY seq DESC LIMIT ${logRows}`,
    [run, client],
    version,
  );
  const rows = result?.rows ?? [];
  return (
    <section aria-label="Events of the agent">
      <h3>Events</h3>
      {error !== undefined && <p class="warning">{error}</p>}
      <ScrollBox kind="scroll" label="Its events">
        <ol class="log">
          {rows.map(([at, , level, code, round, message], i) => (
            <li key={rows.length - i} data-level={level}>
              <time>{formatTime(Number(at))}</time>
              <span class="level">{String(level)}</span>
              <span class="message">
                {message === null ? `${String(code)}, round ${String(round)}` : String(message)}
              </span>
            </li>
          ))}
        </ol>
        {rows.length === 0 && <p class="empty">No events yet.</p>}
      </ScrollBox>
    </section>
  );
}
