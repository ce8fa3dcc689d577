import { useEffect, useMemo, useState } from 'preact/hooks';
import type { Series } from '../../live/model.js';
import { useLive } from '../../live/use-live.js';
import { useQuery } from '../../state/use-query.js';

const refreshMs = 2000;
/** Metrics that are made of two messages: the store has no column of them. */
const derived = new Set(['sent_bytes_per_s', 'received_bytes_per_s']);

/**
 * Means of a metric of single agents, from the store, in the buckets of the fleet's series.
 * @returns a value a bucket, null where there is none, by client; and why the store has given none
 */
export function useAgentLines(
  run: string | undefined,
  metric: string,
  isResult: boolean,
  clients: readonly number[],
  series: Series | undefined,
): { readonly lines: ReadonlyMap<number, readonly (number | null)[]>; readonly error: string | undefined } {
  const tick = useTick(clients.length > 0);
  const at = useLive(({ source }) => (source.kind === 'replay' ? source.at : undefined));
  const starts = series?.columns.start ?? [];
  const widthMs = series?.widthMs ?? 1000;
  const hasLines = run !== undefined && clients.length > 0 && starts.length > 0 && !derived.has(metric);
  const column = metric === 'accuracy' ? 'metric_score' : metric;
  const table = isResult ? 'client_rounds' : 'telemetry';
  const { result, error } = useQuery(
    hasLines
      ? `SELECT client_id, floor(extract(epoch FROM ts) * 1000 / $2)::float8 * $2 AS bucket, avg(${column})::float8
         FROM ${table} WHERE run_id = $1 AND client_id IN (${clients.join(', ')}) AND ${column} IS NOT NULL
           AND ts >= to_timestamp($3::float8 / 1000) GROUP BY 1, 2 ORDER BY 1, 2`
      : undefined,
    [run ?? '', widthMs, starts[0] ?? 0],
    tick,
  );
  const lines = useMemo(() => {
    const index = new Map(starts.map((start, i) => [start, i]));
    const filled = new Map(clients.map((client) => [client, starts.map((): number | null => null)]));
    for (const [client, bucket, value] of result?.rows ?? []) {
      const line = filled.get(Number(client));
      const i = index.get(Number(bucket));
      if (line !== undefined && i !== undefined && (at === undefined || Number(bucket) <= at))
        line[i] = Number(value);
    }
    return filled;
  }, [result, series, clients.join()]);
  return { lines, error };
}

/** Counts up while `isOn`. */
function useTick(isOn: boolean): number {
  const [count, setCount] = useState(0);
  useEffect(() => {
    if (!isOn) return;
    const timer = setInterval(() => setCount((before) => before + 1), refreshMs);
    return () => clearInterval(timer);
  }, [isOn]);
  return count;
}
