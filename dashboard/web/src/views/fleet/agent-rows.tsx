import { useState } from 'preact/hooks';
import { resultMetrics, telemetryMetrics } from '../../../../server/frames/metrics.js';
import { agentName, numberOf, stateOf } from '../../live/agents.js';
import type { AgentTable } from '../../live/model.js';
import { useScoreName } from '../../live/use-live.js';
import { toggleClient } from '../../state/selection.js';
import { formatCount, formatValue } from '../../ui/format.js';
import { metricLabel } from '../../ui/metric-label.js';
import { StateIcon } from '../../ui/state-icons.js';
import type { Arrangement } from './arrange.js';

const rowHeight = 26;
const shownRows = 16;
const metrics = [...resultMetrics.slice(0, 4), ...telemetryMetrics.slice(0, 3)];

interface AgentRowsProps {
  readonly agents: AgentTable;
  readonly order: readonly number[];
  readonly selected: readonly number[];
  readonly arrangement: Arrangement;
  readonly onSort: (column: string) => void;
}

/** The agents as a table. Only the rows in sight are there: of thousands, a page can hold no more. */
export function AgentRows({ agents, order, selected, arrangement, onSort }: AgentRowsProps) {
  const [top, scroll] = useState(0);
  const scoreName = useScoreName();
  const first = Math.max(0, Math.floor(top / rowHeight) - 2);
  const shown = order.slice(first, first + shownRows + 4);
  const columns = [
    ['client', 'agent'],
    ['state', 'state'],
    ['round', 'round'],
    ['samples', 'samples'],
    ['participations', 'took part'],
    ['failures', 'failed'],
    ...metrics.map((metric) => [metric.id, metricLabel(metric, scoreName).toLowerCase()] as const),
  ] as const;
  return (
    <div
      class="agent-rows"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reachable by keyboard
      tabIndex={0}
      onScroll={({ currentTarget }) => scroll(currentTarget.scrollTop)}
      data-testid="agent-rows"
    >
      <table aria-rowcount={order.length + 1}>
        <thead>
          <tr>
            {columns.map(([id, label]) => (
              <th
                key={id}
                scope="col"
                aria-sort={
                  arrangement.sortBy === id
                    ? arrangement.isDescending
                      ? 'descending'
                      : 'ascending'
                    : undefined
                }
              >
                <button type="button" onClick={() => onSort(id)}>
                  {label}
                  {arrangement.sortBy === id ? (arrangement.isDescending ? ' ↓' : ' ↑') : ''}
                </button>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          <tr style={{ height: `${first * rowHeight}px` }} />
          {shown.map((client, i) => {
            const state = stateOf(agents, client);
            return (
              <tr
                key={client}
                aria-rowindex={first + i + 2}
                data-testid="agent"
                data-agent={agentName(client)}
                data-state={state}
                class={selected.includes(client) ? 'chosen' : ''}
              >
                <td>
                  <label>
                    <input
                      type="checkbox"
                      checked={selected.includes(client)}
                      onChange={() => toggleClient(client)}
                    />{' '}
                    {agentName(client)}
                  </label>
                </td>
                <td class="state">
                  <StateIcon state={state} /> {state}
                </td>
                {['round', 'samples', 'participations'].map((name) => (
                  <td key={name}>{formatCount(numberOf(agents, name, client))}</td>
                ))}
                <td
                  class={agents.failReasons[client] === undefined ? '' : 'warning'}
                  title={agents.failReasons[client]}
                >
                  {formatCount(numberOf(agents, 'failures', client))}
                </td>
                {metrics.map(({ id, unit }) => (
                  <td key={id}>{formatValue(numberOf(agents, id, client), unit)}</td>
                ))}
              </tr>
            );
          })}
          <tr style={{ height: `${Math.max(0, order.length - first - shown.length) * rowHeight}px` }} />
        </tbody>
      </table>
    </div>
  );
}
