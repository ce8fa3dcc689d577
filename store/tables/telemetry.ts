import { clientId, runId } from './key-columns.js';
import type { TableSpec } from './table-spec.js';

export const telemetry = {
  description: 'One row per telemetry message of an agent; gaps in `seq` are lost messages.',
  key: ['run_id', 'client_id', 'boot', 'seq', 'sent_at'],
  columns: {
    run_id: runId,
    client_id: clientId,
    boot: {
      type: 'int8',
      unit: 'ms since 1970',
      provenance: 'key',
      description: 'start of the agent’s process; `seq` counts from 0 in each',
    },
    seq: { type: 'int8', provenance: 'key', description: 'number of the message' },
    ts: { type: 'timestamptz', provenance: 'measured', description: 'when the aggregator received it' },
    sent_at: {
      type: 'timestamptz',
      provenance: 'key',
      description: 'when the agent sent it, by its clock',
    },
    round: { type: 'int4', provenance: 'measured', description: 'round that the agent was in' },
    phase: { type: 'text', provenance: 'measured', description: 'what the agent was doing' },
    cpu_time_s: {
      type: 'float8',
      unit: 's',
      provenance: 'measured',
      description: 'CPU time, user and system, since the process started',
    },
    cpu_utilization: {
      type: 'float8',
      unit: 'cores',
      provenance: 'measured',
      description: 'CPU time over wall time since the last message',
    },
    rss_mb: { type: 'float8', unit: 'MB', provenance: 'measured', description: 'resident memory' },
    queue_length: {
      type: 'int8',
      unit: 'messages',
      provenance: 'measured',
      description: 'MQTT messages that wait to be sent or acknowledged',
    },
    bytes_sent: {
      type: 'int8',
      unit: 'bytes',
      provenance: 'measured',
      description: 'sent since the process started',
    },
    bytes_received: {
      type: 'int8',
      unit: 'bytes',
      provenance: 'measured',
      description: 'received since the process started',
    },
    latency_ms: {
      type: 'float8',
      unit: 'ms',
      provenance: 'measured',
      description: '`ts` minus `sent_at`; includes the difference of the clocks between machines',
    },
  },
} as const satisfies TableSpec;
