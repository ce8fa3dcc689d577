import { useMemo, useState } from 'preact/hooks';
import type { AgentView } from '../../server/live-view.js';
import { AgentCell, agentCellId } from './agent-cell.js';
import { AgentDetails } from './agent-details.js';
import { stateLabel, stateOrder } from './agent-states.js';
import { StateIcon } from './state-icons.js';

interface FleetProps {
  readonly agents: readonly AgentView[];
  /** Whether the run is over: then agents that have left are no trouble. */
  readonly hasEnded: boolean;
}

/** The agents by state, a cell each. One stop of the Tab key; inside, the arrow keys go from agent to agent. */
export function Fleet({ agents, hasEnded }: FleetProps) {
  const [kept, keep] = useState<number>();
  const [pointed, point] = useState<number>();
  const shown = pointed ?? kept;
  const agent = useMemo(() => agents.find(({ client }) => client === shown), [agents, shown]);

  const onKeyDown = (event: KeyboardEvent): void => {
    const grid = event.currentTarget;
    if (!(grid instanceof HTMLElement)) return;
    const from = agents.findIndex(({ client }) => client === kept);
    const to = targetOf(event.key, from, agents.length, columnsOf(grid));
    const next = to === undefined ? undefined : agents[to];
    if (next === undefined && event.key !== 'Escape') return;
    event.preventDefault();
    point(undefined);
    keep(next?.client);
    if (next !== undefined)
      document.getElementById(agentCellId(next.client))?.scrollIntoView({ block: 'nearest' });
  };

  return (
    <section class="panel fleet" aria-label="Agents" data-ended={hasEnded}>
      <h2>
        Agents
        <Legend agents={agents} />
      </h2>
      <div class="fleet-body">
        <div
          class="grid"
          data-size={agents.length <= 24 ? 'large' : agents.length <= 150 ? 'medium' : 'small'}
          role="listbox"
          aria-label="Agents by number"
          aria-activedescendant={kept === undefined ? undefined : agentCellId(kept)}
          tabIndex={0}
          onKeyDown={onKeyDown}
          onPointerOver={({ target }) => point(clientAt(target))}
          onPointerLeave={() => point(undefined)}
          onClick={({ target }) => {
            const client = clientAt(target);
            keep(client === kept ? undefined : client);
          }}
        >
          {agents.map((view) => (
            <AgentCell key={view.client} agent={view} isSelected={view.client === kept} />
          ))}
        </div>
        <AgentDetails agent={agent} agents={agents} />
      </div>
    </section>
  );
}

function Legend({ agents }: { readonly agents: readonly AgentView[] }) {
  const counts = new Map<string, number>(stateOrder.map((state) => [state, 0]));
  for (const { state } of agents) counts.set(state, (counts.get(state) ?? 0) + 1);
  return (
    <ul class="legend" aria-label="Agents by state">
      {[...counts].map(([state, count]) => (
        <li key={state} data-state={state} class={count === 0 ? 'none' : ''} title={stateLabel(state)}>
          <StateIcon state={state} />
          {state} <b>{count}</b>
        </li>
      ))}
    </ul>
  );
}

function clientAt(target: EventTarget | null): number | undefined {
  const cell = target instanceof Element ? target.closest<HTMLElement>('[data-client]') : null;
  const client = cell?.dataset.client;
  return client === undefined ? undefined : Number(client);
}

/** How many cells stand in the first line. */
function columnsOf(grid: HTMLElement): number {
  return getComputedStyle(grid).gridTemplateColumns.split(' ').length;
}

function targetOf(key: string, from: number, count: number, columns: number): number | undefined {
  const last = count - 1;
  const isFirst = from < 0;
  switch (key) {
    case 'ArrowRight':
      return isFirst ? 0 : Math.min(last, from + 1);
    case 'ArrowLeft':
      return isFirst ? 0 : Math.max(0, from - 1);
    case 'ArrowDown':
      return isFirst ? 0 : from + columns > last ? from : from + columns;
    case 'ArrowUp':
      return isFirst ? 0 : from < columns ? from : from - columns;
    case 'Home':
      return 0;
    case 'End':
      return last;
    default:
      return undefined;
  }
}
