import { createStore, useStore } from './store.js';

/** What the user has picked out anywhere on the page: agents, and a stretch of time. */
export interface Selection {
  /** In ascending order. */
  readonly clients: readonly number[];
  /** Milliseconds since 1970. */
  readonly range: { readonly from: number; readonly to: number } | undefined;
}

const nothing: Selection = { clients: [], range: undefined };
const selection = createStore(nothing);

export const useSelection = (): Selection => useStore(selection, (value) => value);

export const clearSelection = (): void => selection.set(nothing);

export function selectRange(range: Selection['range']): void {
  selection.set({ ...selection.get(), range });
}

export function selectClients(clients: readonly number[]): void {
  selection.set({ ...selection.get(), clients: [...new Set(clients)].sort((a, b) => a - b) });
}

/** Takes a client in, or out when it is in. */
export function toggleClient(client: number): void {
  const { clients } = selection.get();
  selectClients(clients.includes(client) ? clients.filter((one) => one !== client) : [...clients, client]);
}

/** Rows of the selection in SQL that can be run as it is. */
export function selectionQuery(run: string, { clients, range }: Selection): string {
  const conditions = [`run_id = '${run.replaceAll("'", "''")}'`];
  if (clients.length > 0) conditions.push(`client_id IN (${clients.join(', ')})`);
  if (range !== undefined) {
    const at = (ms: number): string => `'${new Date(ms).toISOString()}'`;
    conditions.push(`ts BETWEEN ${at(range.from)} AND ${at(range.to)}`);
  }
  return `SELECT *\nFROM client_rounds\nWHERE ${conditions.join('\n  AND ')}\nORDER BY round, client_id`;
}
