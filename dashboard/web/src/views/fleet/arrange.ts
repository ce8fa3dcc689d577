import { agentName, numberOf, stateOf } from '../../live/agents.js';
import type { AgentTable } from '../../live/model.js';

/** How the fleet is filtered, sorted and coloured. */
export interface Arrangement {
  /** `state`, or the id of a metric. */
  readonly colorBy: string;
  /** `client`, `state`, or the id of a column. */
  readonly sortBy: string;
  readonly isDescending: boolean;
  /** Part of an agent's name, a state, or of a fail reason; empty for all. */
  readonly filter: string;
}

export const initialArrangement: Arrangement = {
  colorBy: 'state',
  sortBy: 'client',
  isDescending: false,
  filter: '',
};

/** The clients that pass the filter, in order; those without a value come last. */
export function arrange(agents: AgentTable, { sortBy, isDescending, filter }: Arrangement): number[] {
  const text = filter.trim().toLowerCase();
  const all = Array.from({ length: agents.count }, (_, client) => client);
  const shown = text === '' ? all : all.filter((client) => textOf(agents, client).includes(text));
  const sign = isDescending ? -1 : 1;
  if (sortBy === 'client') return isDescending ? shown.reverse() : shown;
  return shown.sort((a, b) => {
    const [x, y] = [numberOf(agents, sortBy, a), numberOf(agents, sortBy, b)];
    if (Number.isNaN(x) || Number.isNaN(y)) return Number(Number.isNaN(x)) - Number(Number.isNaN(y)) || a - b;
    return sign * (x - y) || a - b;
  });
}

function textOf(agents: AgentTable, client: number): string {
  const reason = agents.failReasons[client];
  return `${agentName(client)} ${stateOf(agents, client)} ${reason === undefined ? '' : `failed ${reason}`}`.toLowerCase();
}
