/** A number that the page follows over time. Its id is the store's column where the store has one. */
export interface Metric {
  readonly id: string;
  readonly label: string;
  readonly unit:
    | 'ms'
    | 's'
    | 'ratio'
    | 'cores'
    | 'MB'
    | 'bytes'
    | 'bytes/s'
    | 'messages'
    | 'messages/s'
    | 'rows/s'
    | 'rows'
    | '';
}

/** Of each telemetry message of an agent. */
export const telemetryMetrics = [
  { id: 'latency_ms', label: 'Telemetry latency', unit: 'ms' },
  { id: 'cpu_utilization', label: 'CPU', unit: 'cores' },
  { id: 'rss_mb', label: 'Memory (RSS)', unit: 'MB' },
  { id: 'queue_length', label: 'Queue length', unit: 'messages' },
  { id: 'sent_bytes_per_s', label: 'Sent', unit: 'bytes/s' },
  { id: 'received_bytes_per_s', label: 'Received', unit: 'bytes/s' },
] as const satisfies readonly Metric[];
export type TelemetryMetric = (typeof telemetryMetrics)[number]['id'];

/** Of each client's part in a round. */
export const resultMetrics = [
  { id: 'accuracy', label: 'Local accuracy', unit: 'ratio' },
  { id: 'loss', label: 'Local loss', unit: '' },
  { id: 'compute_time_s', label: 'Compute time', unit: 's' },
  { id: 'upload_time_s', label: 'Upload time', unit: 's' },
  { id: 'dispatch_wait_s', label: 'Dispatch wait', unit: 's' },
  { id: 'update_norm', label: 'Update norm', unit: '' },
] as const satisfies readonly Metric[];
export type ResultMetric = (typeof resultMetrics)[number]['id'];

/** Rates at the broker, over about a second. */
export const trafficMetrics = [
  { id: 'messages_in_per_s', label: 'Messages in', unit: 'messages/s' },
  { id: 'messages_out_per_s', label: 'Messages out', unit: 'messages/s' },
  { id: 'bytes_in_per_s', label: 'Bytes in', unit: 'bytes/s' },
  { id: 'bytes_out_per_s', label: 'Bytes out', unit: 'bytes/s' },
] as const satisfies readonly Metric[];
export type TrafficMetric = (typeof trafficMetrics)[number]['id'];

/** How the store's writer keeps up, sampled once a second. */
export const writerMetrics = [
  { id: 'rows_per_s', label: 'Rows stored', unit: 'rows/s' },
  { id: 'rows_waiting', label: 'Rows waiting in memory', unit: 'rows' },
  { id: 'rows_spooled', label: 'Rows waiting on disk', unit: 'rows' },
] as const satisfies readonly Metric[];
export type WriterMetric = (typeof writerMetrics)[number]['id'];

/** Every metric that has a series of buckets. */
export const seriesMetrics: readonly Metric[] = [
  ...telemetryMetrics,
  ...resultMetrics,
  ...trafficMetrics,
  ...writerMetrics,
];
export type SeriesMetric = TelemetryMetric | ResultMetric | TrafficMetric | WriterMetric;

/** `recent`: the last three minutes by the second; `whole`: all of the run, in at most 300 buckets. */
export const seriesSpans = ['recent', 'whole'] as const;
export type SeriesSpan = (typeof seriesSpans)[number];

/** What a page may subscribe to beside `overview`, which every page gets. */
export const topics: readonly string[] = [
  'agents',
  ...seriesMetrics.flatMap(({ id }) => seriesSpans.map((span) => seriesTopic(id, span))),
];

export function seriesTopic(metric: string, span: SeriesSpan): string {
  return `series:${metric}:${span}`;
}
