import { runId } from './key-columns.js';
import type { TableSpec } from './table-spec.js';

export const messages = {
  description:
    'One row per MQTT message between aggregator and agents, as the aggregator saw it pass; telemetry and requests for a seat are not among them.',
  key: ['run_id', 'sender', 'boot', 'kind', 'seq', 'sent_at'],
  columns: {
    run_id: runId,
    sender: { type: 'text', provenance: 'key', description: '`aggregator`, or the agent, such as `c0003`' },
    boot: {
      type: 'int8',
      unit: 'ms since 1970',
      provenance: 'key',
      description: 'start of the sender’s process; `seq` counts from 0 in each',
    },
    kind: {
      type: 'text',
      provenance: 'key',
      description:
        'from agents `status`, `update` (a chunk of new weights), `result`; from the aggregator `config`, `plan`, `model` (a chunk of the global model), `command`',
    },
    seq: {
      type: 'int8',
      provenance: 'key',
      description:
        'number of the message among its kind; gaps are messages that never arrived, but status 0 is the last will, which the broker speaks only when the connection breaks',
    },
    ts: {
      type: 'timestamptz',
      provenance: 'measured',
      description: 'when the aggregator received or published it',
    },
    sent_at: {
      type: 'timestamptz',
      provenance: 'key',
      description: 'when the sender made it, by its clock',
    },
    direction: {
      type: 'text',
      provenance: 'measured',
      description: '`up` to the aggregator, `down` to the agents',
    },
    client_id: {
      type: 'int4',
      nullable: true,
      provenance: 'measured',
      description: 'client that sent it or that it is for; null for what all agents read',
    },
    round: {
      type: 'int4',
      nullable: true,
      provenance: 'measured',
      description: 'round that it is about, where it is about one',
    },
    bytes: {
      type: 'int4',
      unit: 'bytes',
      provenance: 'measured',
      description: 'size of the payload, envelope included',
    },
    latency_ms: {
      type: 'float8',
      nullable: true,
      unit: 'ms',
      provenance: 'measured',
      description:
        '`ts` minus `sent_at` of what agents sent; includes the difference of the clocks between machines, and the time that a retained message or a last will lay at the broker',
    },
  },
} as const satisfies TableSpec;
