import type { Column, Columnar, ColumnGroup } from '../../../server/frames/columns.js';
import {
  type FrameHeader,
  type FrameSource,
  type LogLine,
  logLines,
  type RoundPoint,
  type RunView,
  type TrafficView,
  type WriterView,
} from '../../../server/frames/live-view.js';

/** The agents, a column a field; row = client. The columns are written in place: a new table holds the old ones. */
export interface AgentTable {
  readonly count: number;
  readonly columns: Readonly<Record<string, Column>>;
  readonly failReasons: readonly (string | undefined)[];
}

/** Buckets of a metric over time, in order. A new series holds the old arrays, which are written in place. */
export interface Series {
  readonly widthMs: number;
  /** `start` in milliseconds since 1970, `count`, `min`, `max`, `mean`, `p5`, `p25`, `p50`, `p75`, `p95`. */
  readonly columns: Readonly<Record<string, number[]>>;
}

/** What the page knows of the run that it shows. Parts that a frame does not touch keep their identity. */
export interface LiveModel {
  readonly epoch: string;
  readonly seq: number;
  readonly source: FrameSource;
  readonly dataAt: number;
  /** What to add to `performance.now()` for the server's clock. */
  readonly clockOffsetMs: number;
  /** Frames that the last one stood for: more than 1 when the page does not keep up. */
  readonly merged: number;
  readonly run: RunView | undefined;
  readonly rounds: readonly RoundPoint[];
  readonly traffic: TrafficView | undefined;
  readonly writer: WriterView | undefined;
  readonly telemetry: { readonly received: number; readonly lost: number };
  readonly log: readonly LogLine[];
  readonly agents: AgentTable;
  readonly series: ReadonlyMap<string, Series>;
}

const noAgents: AgentTable = { count: 0, columns: {}, failReasons: [] };

export const emptyModel: LiveModel = {
  epoch: '',
  seq: 0,
  source: { kind: 'live', canAct: false, canStart: false },
  dataAt: 0,
  clockOffsetMs: 0,
  merged: 1,
  run: undefined,
  rounds: [],
  traffic: undefined,
  writer: undefined,
  telemetry: { received: 0, lost: 0 },
  log: [],
  agents: noAgents,
  series: new Map(),
};

/** Buckets that a page keeps of a series of the last minutes; the whole run's has its bound at the server. */
const recentBuckets = 180;

/**
 * The model after a frame; undefined when the frame does not follow on it. What a page keeps is bounded.
 * @param now `performance.now()` when the frame came
 */
export function applyFrame(
  model: LiveModel,
  { header, groups }: Columnar,
  now: number,
): LiveModel | undefined {
  if (!isFrameHeader(header)) return undefined;
  const isWhole = header.since === 0;
  if (!isWhole && (header.epoch !== model.epoch || header.since > model.seq)) return undefined;
  const before = isWhole ? emptyModel : model;
  const run = header.run ?? before.run;
  const clients = run?.clients ?? 0;
  const series = Object.entries(groups).filter(([topic]) => topic !== 'agents');
  return {
    epoch: header.epoch,
    seq: header.seq,
    source: header.source,
    dataAt: header.dataAt,
    clockOffsetMs: header.now - now,
    merged: isWhole ? 1 : Math.max(1, header.seq - header.since),
    run,
    rounds: header.rounds?.length ? mergeRounds(before.rounds, header.rounds) : before.rounds,
    traffic: header.traffic ?? before.traffic,
    writer: header.writer ?? before.writer,
    telemetry: header.telemetry ?? before.telemetry,
    log: header.log?.length ? mergeLog(before.log, header.log) : before.log,
    agents: mergeAgents(before.agents, clients, groups.agents, header.failReasons),
    series:
      series.length === 0
        ? before.series
        : new Map([
            ...before.series,
            ...series.map(
              ([topic, columns]) =>
                [
                  topic,
                  mergeSeries(before.series.get(topic), columns, header.widths?.[topic] ?? 1000, topic),
                ] as const,
            ),
          ]),
  };
}

/** Checks the envelope only: page and server are of one build, but after a reconnect that may be another. */
function isFrameHeader(header: unknown): header is FrameHeader {
  if (typeof header !== 'object' || header === null) return false;
  const { epoch, since, seq, now, source } = header as Partial<Record<keyof FrameHeader, unknown>>;
  return (
    typeof epoch === 'string' &&
    typeof since === 'number' &&
    typeof seq === 'number' &&
    typeof now === 'number' &&
    typeof source === 'object'
  );
}

function mergeRounds(rounds: readonly RoundPoint[], changed: readonly RoundPoint[]): readonly RoundPoint[] {
  const first = changed[0]?.round ?? Number.POSITIVE_INFINITY;
  return [...rounds.filter(({ round }) => round < first), ...changed];
}

function mergeLog(log: readonly LogLine[], changed: readonly LogLine[]): readonly LogLine[] {
  const last = log.at(-1)?.id ?? 0;
  return [...log, ...changed.filter(({ id }) => id > last)].slice(-logLines);
}

function mergeAgents(
  table: AgentTable,
  clients: number,
  changed: ColumnGroup | undefined,
  failReasons: FrameHeader['failReasons'] = [],
): AgentTable {
  const client = changed?.client;
  if (client === undefined && failReasons.length === 0 && table.count === clients) return table;
  const columns: Record<string, Column> = { ...table.columns };
  for (const [name, values] of Object.entries(changed ?? {})) {
    const target = columns[name]?.length === clients ? columns[name] : emptyLike(values, clients);
    columns[name] = target;
    for (let i = 0; i < values.length; i++) target[client?.[i] ?? 0] = values[i] ?? 0;
  }
  return { count: clients, columns, failReasons: mergeReasons(table.failReasons, failReasons) };
}

function mergeReasons(
  reasons: AgentTable['failReasons'],
  changed: NonNullable<FrameHeader['failReasons']>,
): AgentTable['failReasons'] {
  if (changed.length === 0) return reasons;
  const merged = [...reasons];
  for (const [client, reason] of changed) merged[client] = reason ?? undefined;
  return merged;
}

function emptyLike(values: Column, length: number): Column {
  if (values instanceof Float32Array) return new Float32Array(length).fill(Number.NaN);
  if (values instanceof Float64Array) return new Float64Array(length).fill(Number.NaN);
  return values instanceof Uint32Array ? new Uint32Array(length) : new Uint8Array(length);
}

function mergeSeries(
  series: Series | undefined,
  changed: ColumnGroup,
  widthMs: number,
  topic: string,
): Series {
  // Another width means that all buckets were made anew.
  const isNew = series === undefined || series.widthMs !== widthMs;
  const columns: Record<string, number[]> = isNew ? {} : { ...series.columns };
  const starts = changed.start ?? new Float64Array();
  const first = starts[0] ?? Number.POSITIVE_INFINITY;
  const before = columns.start ?? [];
  let kept = before.length;
  while (kept > 0 && (before[kept - 1] ?? 0) >= first) kept--;
  const bound = topic.endsWith(':recent') ? recentBuckets : Number.POSITIVE_INFINITY;
  for (const [name, values] of Object.entries(changed)) {
    const column = columns[name] ?? [];
    columns[name] = column;
    column.length = kept;
    for (const value of values) column.push(value);
    if (column.length > bound) column.splice(0, column.length - bound);
  }
  return { widthMs, columns };
}
