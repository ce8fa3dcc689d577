import { useMemo, useState } from 'preact/hooks';
import { type Metric, resultMetrics, telemetryMetrics } from '../../../../server/frames/metrics.js';
import { ColorLegend, type Legend, scaleLegend } from '../../charts/color-legend.js';
import { SaveMenu } from '../../charts/save-menu.js';
import { agentName, knownRange, stateCounts, stateOf } from '../../live/agents.js';
import type { AgentTable } from '../../live/model.js';
import { useAgents, useLive, useScoreName } from '../../live/use-live.js';
import { selectClients, useSelection } from '../../state/selection.js';
import { createStore, useKept } from '../../state/store.js';
import { Choice } from '../../ui/choice.js';
import { formatCounted, formatValue } from '../../ui/format.js';
import { metricLabel } from '../../ui/metric-label.js';
import { StateLegend } from '../../ui/state-legend.js';
import { AgentRows } from './agent-rows.js';
import { type Arrangement, arrange, initialArrangement } from './arrange.js';
import { Bands } from './bands.js';
import { coloredStates } from './cell-look.js';
import { Cells } from './cells.js';
import { Drawer } from './drawer.js';
import { fleetSavings } from './fleet-savings.js';

const metrics: readonly Metric[] = [...resultMetrics, ...telemetryMetrics];
/** What the fleet is coloured and sorted by, beside the metrics. */
const colors = [['state', 'state']] as const;
const sorts = [
  ['client', 'number'],
  ['state', 'state'],
  ['samples', 'samples'],
  ['failures', 'failures'],
] as const;
const shapes = [
  ['cells', 'cells'],
  ['table', 'table'],
] as const;

const selectHints = {
  cells: 'Click one, or use the arrow keys and Enter, to select it.',
  table: 'Tick one to select it.',
} as const;

const keptArrangement = createStore(initialArrangement);
const keptShape = createStore<'cells' | 'table'>('cells');

/** Every agent: what it does, how it compares, and all of those that one picks. */
export function FleetView() {
  const agents = useAgents();
  const hasEnded = useLive(({ run }) => run?.status !== 'running');
  const { clients } = useSelection();
  // While another run comes in, those of the one before may be more.
  const selected = clients.filter((client) => client < agents.count);
  const [arrangement, setArrangement] = useKept(keptArrangement);
  const [shape, setShape] = useKept(keptShape);
  const [pointed, point] = useState<number>();
  const scoreName = useScoreName();
  const metricOptions = metrics.map((one) => [one.id, metricLabel(one, scoreName).toLowerCase()] as const);
  const change = (part: Partial<Arrangement>): void => setArrangement({ ...arrangement, ...part });
  const order = useMemo(() => arrange(agents, arrangement), [agents, arrangement]);
  const metric = metrics.find(({ id }) => id === arrangement.colorBy);
  const format = (value: number): string => formatValue(value, metric?.unit ?? '');
  const onSort = (column: string): void =>
    change({ sortBy: column, isDescending: column === arrangement.sortBy && !arrangement.isDescending });
  const legend = legendOf(agents, metric, hasEnded);
  const last = selected.at(-1);
  return (
    <div class={last === undefined ? 'fleet' : 'fleet with-drawer'}>
      <section class="panel" aria-label="Agents" data-ended={hasEnded}>
        <h2>
          Agents
          <span class="reading">
            <StateLegend counts={stateCounts(agents)} />
            <SaveMenu
              title="the fleet"
              savings={fleetSavings({ agents, order, colorBy: arrangement.colorBy, hasEnded, legend })}
            />
          </span>
        </h2>
        <div class="toolbar">
          <Choice
            label="Colour"
            value={arrangement.colorBy}
            options={[...colors, ...metricOptions]}
            onChange={(colorBy) => change({ colorBy })}
          />
          <Choice
            label="Sort"
            value={arrangement.sortBy}
            options={[...sorts, ...metricOptions]}
            onChange={(sortBy) => change({ sortBy })}
          />
          <label class="check">
            <input
              type="checkbox"
              checked={arrangement.isDescending}
              onChange={({ currentTarget }) => change({ isDescending: currentTarget.checked })}
            />{' '}
            descending
          </label>
          <label class="choice">
            <span>Filter</span>
            <input
              type="search"
              placeholder="c0001, training, failed …"
              value={arrangement.filter}
              onInput={({ currentTarget }) => change({ filter: currentTarget.value })}
            />
          </label>
          <Choice label="Show as" value={shape} options={shapes} onChange={setShape} />
          <button type="button" onClick={() => selectClients(order)} disabled={order.length === 0}>
            Select {order.length === agents.count ? 'all' : `these ${order.length}`}
          </button>
        </div>
        {metric !== undefined && shape === 'cells' && <ColorLegend legend={legend} />}
        {shape === 'cells' ? (
          <Cells
            agents={agents}
            order={order}
            colorBy={arrangement.colorBy}
            selected={selected}
            hasEnded={hasEnded}
            onPoint={point}
            formatMetric={format}
          />
        ) : (
          <AgentRows
            agents={agents}
            order={order}
            selected={selected}
            arrangement={arrangement}
            onSort={onSort}
          />
        )}
        <p class="hint pointed">
          {order.length === 0
            ? 'No agent passes the filter.'
            : pointed === undefined
              ? `${formatCounted(order.length, 'agent')}. ${selectHints[shape]}`
              : `${agentName(pointed)}: ${stateOf(agents, pointed)}; ${metrics
                  .slice(0, 3)
                  .concat(telemetryMetrics.slice(0, 3))
                  .map(
                    (one) =>
                      `${metricLabel(one, scoreName).toLowerCase()} ${formatValue(agents.columns[one.id]?.[pointed], one.unit)}`,
                  )
                  .join(', ')}`}
        </p>
      </section>
      {last !== undefined && <Drawer agents={agents} client={last} onClose={() => selectClients([])} />}
      <div class="fleet-bands">
        <Bands />
      </div>
    </div>
  );
}

/** What the colours of the cells mean. */
function legendOf(agents: AgentTable, metric: Metric | undefined, hasEnded: boolean): Legend {
  if (metric === undefined) return { kind: 'kinds', kinds: coloredStates(hasEnded) };
  const [low, high] = knownRange(agents, metric.id) ?? [Number.NaN, Number.NaN];
  return scaleLegend(low, high, (value) => formatValue(value, metric.unit));
}
