import type { ManifestRow } from './manifest.js';

/** A plan in a few lines: its runs by dataset, family and strategy, and what it comes to. */
export function planTable(rows: readonly ManifestRow[]): string {
  const enabled = rows.filter((row) => row.enabled);
  const counts = new Map<string, number>();
  let clientRounds = 0;
  let instances = 0;
  for (const { config } of enabled) {
    const kind = `${config.dataset}  ${config.modelType}  ${config.strategy}`;
    counts.set(kind, (counts.get(kind) ?? 0) + 1);
    clientRounds += config.clients * config.rounds;
    instances += config.clients;
  }
  const lines = [...counts]
    .sort(([a], [b]) => a.localeCompare(b))
    .map(([kind, n]) => `${String(n).padStart(5)}  ${kind}`);
  return [
    ...lines,
    `${enabled.length} runs, ${instances} service instances, ${clientRounds} rows of clients and rounds`,
  ].join('\n');
}
