import { useMemo, useState } from 'preact/hooks';
import { type Metric, resultMetrics, telemetryMetrics } from '../../../../server/frames/metrics.js';
import { scaleColor } from '../../charts/color-scale.js';
import { SaveMenu } from '../../charts/save-menu.js';
import { agentName, knownValues, stateCounts, stateOf } from '../../live/agents.js';
import type { AgentTable } from '../../live/model.js';
import { useAgents, useLive } from '../../live/use-live.js';
import { selectClients, useSelection } from '../../state/selection.js';
import { Choice } from '../../ui/choice.js';
import { formatCounted, formatValue } from '../../ui/format.js';
import { StateLegend } from '../../ui/state-legend.js';
import { AgentRows } from './agent-rows.js';
import { type Arrangement, arrange, initialArrangement } from './arrange.js';
import { Bands } from './bands.js';
import { Cells } from './cells.js';
import { Drawer } from './drawer.js';
import { fleetSavings } from './fleet-savings.js';

const metrics: readonly Metric[] = [...resultMetrics, ...telemetryMetrics];
const metricOptions = metrics.map(({ id, label }) => [id, label.toLowerCase()] as const);
const colorOptions = [['state', 'state'] as const, ...metricOptions];
const sortOptions = [
  ['client', 'number'],
  ['state', 'state'],
  ['samples', 'samples'],
  ['failures', 'failures'],
  ...metricOptions,
] as const;
const shapes = [
  ['cells', 'cells'],
  ['table', 'table'],
] as const;

/** Every agent: what it does, how it compares, and all of those that one picks. */
export function FleetView() {
  const agents = useAgents();
  const hasEnded = useLive(({ run }) => run?.status !== 'running');
  const { clients: selected } = useSelection();
  const [arrangement, setArrangement] = useState<Arrangement>(initialArrangement);
  const [shape, setShape] = useState<'cells' | 'table'>('cells');
  const [pointed, point] = useState<number>();
  const change = (part: Partial<Arrangement>): void => setArrangement((before) => ({ ...before, ...part }));
  const order = useMemo(() => arrange(agents, arrangement), [agents, arrangement]);
  const metric = metrics.find(({ id }) => id === arrangement.colorBy);
  const format = (value: number): string => formatValue(value, metric?.unit ?? '');
  const onSort = (column: string): void =>
    change({ sortBy: column, isDescending: column === arrangement.sortBy && !arrangement.isDescending });
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
              savings={fleetSavings(agents, order, arrangement.colorBy, hasEnded)}
            />
          </span>
        </h2>
        <div class="toolbar">
          <Choice
            label="Colour"
            value={arrangement.colorBy}
            options={colorOptions}
            onChange={(colorBy) => change({ colorBy })}
          />
          <Choice
            label="Sort"
            value={arrangement.sortBy}
            options={sortOptions}
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
        {metric !== undefined && shape === 'cells' && <ScaleLegend agents={agents} metric={metric} />}
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
              ? `${formatCounted(order.length, 'agent')}. Click one, or use the arrow keys and Enter, to select it.`
              : `${agentName(pointed)}: ${stateOf(agents, pointed)}; ${metrics
                  .slice(0, 3)
                  .concat(telemetryMetrics.slice(0, 3))
                  .map(
                    ({ id, label, unit }) =>
                      `${label.toLowerCase()} ${formatValue(agents.columns[id]?.[pointed], unit)}`,
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

function ScaleLegend({ agents, metric }: { readonly agents: AgentTable; readonly metric: Metric }) {
  const values = knownValues(agents, metric.id);
  if (values.length === 0) return <p class="hint">No agent has a value yet.</p>;
  const low = values.reduce((least, value) => Math.min(least, value));
  const high = values.reduce((most, value) => Math.max(most, value));
  return (
    <p class="scale">
      {formatValue(low, metric.unit)}
      <span class="scale-bar" aria-hidden="true">
        {[0, 0.125, 0.25, 0.375, 0.5, 0.625, 0.75, 0.875, 1].map((share) => (
          <span key={share} style={{ background: scaleColor(share) }} />
        ))}
      </span>
      {formatValue(high, metric.unit)}
    </p>
  );
}
