import { agentStateNames } from '../../../server/frames/live-view.js';
import type { AgentTable } from './model.js';

export const agentName = (client: number): string => `c${String(client).padStart(4, '0')}`;

/** State of an agent; the row is the client. */
export const stateOf = ({ columns }: AgentTable, client: number): string =>
  agentStateNames[columns.state?.[client] ?? 0] ?? 'unseen';

/** A number of an agent; NaN where there is none yet. */
export const numberOf = ({ columns }: AgentTable, name: string, client: number): number =>
  columns[name]?.[client] ?? Number.NaN;

/** How many agents are in each state, all states named. */
export function stateCounts(table: AgentTable): ReadonlyMap<string, number> {
  const counts = new Map<string, number>(agentStateNames.map((name) => [name, 0]));
  for (let client = 0; client < table.count; client++) {
    const state = stateOf(table, client);
    counts.set(state, (counts.get(state) ?? 0) + 1);
  }
  return counts;
}

export function onlineCount(table: AgentTable): number {
  const counts = stateCounts(table);
  return table.count - (counts.get('offline') ?? 0) - (counts.get('unseen') ?? 0);
}

export const isOnline = (table: AgentTable, client: number): boolean =>
  !['offline', 'unseen'].includes(stateOf(table, client));

/** The known values of a column, of the agents that `isWanted` takes. */
export function knownValues(
  table: AgentTable,
  name: string,
  isWanted: (client: number) => boolean = () => true,
): number[] {
  const values: number[] = [];
  for (let client = 0; client < table.count; client++) {
    const value = numberOf(table, name, client);
    if (!Number.isNaN(value) && isWanted(client)) values.push(value);
  }
  return values;
}

/** Least and largest of a column's known values; undefined when there is none. */
export function knownRange(
  table: AgentTable,
  name: string,
): readonly [low: number, high: number] | undefined {
  const values = knownValues(table, name);
  return values.length === 0
    ? undefined
    : [values.reduce((a, b) => Math.min(a, b)), values.reduce((a, b) => Math.max(a, b))];
}

export const sumOf = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

export const failingCount = ({ failReasons }: AgentTable): number =>
  failReasons.filter((reason) => reason !== undefined).length;
