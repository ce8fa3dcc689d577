import { type Answer, useQuery, type Value } from '../../state/use-query.js';
import { formatCount, formatPercent, formatValue, noValue } from '../../ui/format.js';
import { FactsList } from './facts-list.js';

/** What the agent last said of its machine; before it has its engine, it names none. */
const deviceSql = `SELECT detail->>'host', detail->>'cores', detail->>'engine' FROM events
  WHERE run_id = $1 AND client_id = $2 AND type = 'agent-state' AND detail->>'engine' <> ''
  ORDER BY seq DESC LIMIT 1`;

const latencySql = `SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY latency_ms),
    percentile_cont(0.95) WITHIN GROUP (ORDER BY latency_ms)
  FROM telemetry WHERE run_id = $1 AND client_id = $2`;

/** A process numbers its telemetry and sends each once: what is missing between the numbers was lost. */
const lossSql = `SELECT sum(came), 1 - sum(came) / sum(sent) FROM (
    SELECT count(*) AS came, max(seq) - min(seq) + 1 AS sent FROM telemetry
    WHERE run_id = $1 AND client_id = $2 GROUP BY boot
  ) processes`;

const throughputSql = `SELECT sum(comm_bytes_down) / nullif(sum(download_time_s), 0),
    sum(comm_bytes_up) / nullif(sum(upload_time_s), 0)
  FROM client_rounds WHERE run_id = $1 AND client_id = $2 AND participated_flag`;

interface DeviceAndLinkProps {
  readonly run: string;
  readonly client: number;
  /** Changes when there may be more to tell. */
  readonly version: unknown;
}

/** The machine that an agent runs on and how its link to the broker has done, as measured. */
export function DeviceAndLink({ run, client, version }: DeviceAndLinkProps) {
  const of = [run, client];
  const [host, cores, engine] = firstRow(useQuery(deviceSql, of, version));
  const [p50, p95] = firstRow(useQuery(latencySql, of, version)).map(numberOf);
  const [messages, lost] = firstRow(useQuery(lossSql, of, version)).map(numberOf);
  const [down, up] = firstRow(useQuery(throughputSql, of, version)).map(numberOf);
  const facts: readonly (readonly [string, string])[] = [
    ['machine', typeof host === 'string' ? host : noValue],
    ['cores', typeof cores === 'string' ? cores : noValue],
    ['engine', typeof engine === 'string' ? engine : noValue],
    ['telemetry messages', messages === undefined ? noValue : formatCount(messages)],
    ['telemetry lost', formatPercent(lost)],
    ['latency, median', formatValue(p50, 'ms')],
    ['latency, p95', formatValue(p95, 'ms')],
    ['download a second', formatValue(down, 'bytes')],
    ['upload a second', formatValue(up, 'bytes')],
  ];
  return (
    <section aria-label="Device and link">
      <h3>Device and link</h3>
      <FactsList facts={facts} testId="device-and-link" />
    </section>
  );
}

const firstRow = ({ result }: Answer): readonly Value[] => result?.rows[0] ?? [];

const numberOf = (value: Value): number | undefined => (value === null ? undefined : Number(value));
