import { encode } from '@msgpack/msgpack';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type AgentStatus,
  decodeEnvelope,
  encodeEnvelope,
  envelopeVersion,
  type MessageBody,
  type MessageKind,
  MessageWriter,
  messageSchemas,
  splitIntoChunks,
} from '#protocol';
import { trainingMetrics as metrics } from '../training-metrics.js';

const origin = { sender: 'c0001', boot: 1_700_000_000_000, seq: 5, sentAt: 1_700_000_001_234.5 };
const sha = 'a'.repeat(64);
const chunk = splitIntoChunks(new Uint8Array(1000).fill(7), 2)[0]!;
const status: AgentStatus = {
  state: 'idle',
  round: -1,
  host: 'edge-1',
  cores: 4,
  pid: 4321,
  engine: 'cpu',
  samples: 600,
  shareSha256: sha,
};
const bodies: { [K in MessageKind]: MessageBody<K> } = {
  config: { runId: 'r1', configSha256: sha, experiment: { clients: 10, hiddenLayers: [128, 64] } },
  plan: { round: 1, participants: [0, 3], modelSha256: sha, modelBytes: 437_000 },
  model: chunk,
  command: { command: 'dispatch', round: 2 },
  status,
  telemetry: {
    phase: 'training',
    round: 2,
    cpuTimeS: 3.5,
    cpuUtilization: 0.99,
    rssMb: 80.25,
    queueLength: 1,
    bytesSent: 10,
    bytesReceived: 20,
  },
  update: chunk,
  result: { outcome: 'trained', round: 2, updateSha256: sha, metrics },
  seatRequest: {},
  seatOffer: { client: 3 },
};
const allKinds = Object.keys(messageSchemas) as MessageKind[];

const written = (kind: MessageKind): Buffer => encodeEnvelope(kind, origin, bodies[kind]);

describe('an envelope', () => {
  it.each(allKinds)('carries %s there and back', (kind) => {
    const decoded = decodeEnvelope(kind, Uint8Array.from(written(kind)));
    if (!decoded.ok) throw new Error(decoded.cause);
    expect(decoded.envelope).toEqual({ kind, ...origin, body: bodies[kind] });
  });

  it('leaves out what is undefined', () => {
    const bytes = encodeEnvelope('status', origin, { ...status, reason: undefined });
    expect(bytes.equals(written('status'))).toBe(true);
  });

  it.each(allKinds)('of %s is malformed when cut anywhere', (kind) => {
    const whole = written(kind);
    const cut = fc.integer({ min: 0, max: whole.length - 1 });
    fc.assert(
      fc.property(cut, (length) => {
        expect(decodeEnvelope(kind, whole.subarray(0, length))).toEqual({ ok: false, cause: 'malformed' });
      }),
      { numRuns: 50 },
    );
  });

  it.each(allKinds)('of %s never throws with any byte changed', (kind) => {
    // The structure is in the head; the tail of a chunk is payload.
    const whole = written(kind);
    for (let at = 0; at < Math.min(whole.length, 200); at++) {
      for (const value of [0x00, 0x7f, 0x80, 0xc1, 0xc9, 0xd9, 0xdd, 0xdf, 0xff]) {
        const damaged = Buffer.from(whole);
        damaged[at] = value;
        expect(() => decodeEnvelope(kind, damaged)).not.toThrow();
      }
    }
  });

  it('never throws on random bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.constantFrom(...allKinds), (bytes, kind) => {
        expect(decodeEnvelope(kind, bytes).ok).toBe(false);
      }),
      { numRuns: 2000 },
    );
  });

  it.each<[string, Uint8Array]>([
    ['an array that claims 2^32 items', Buffer.from('ddffffffff', 'hex')],
    ['a map that claims 2^32 items', Buffer.from('dfffffffff', 'hex')],
    ['bytes that claim 4 GiB', Buffer.from('c6ffffffff', 'hex')],
    ['text that claims 4 GiB', Buffer.from('dbffffffff', 'hex')],
    ['arrays nested 100,000 deep', new Uint8Array(100_000).fill(0x91)],
    ['a key __proto__', encode(JSON.parse('[1, "plan", "c0001", 1, 1, 1, {"__proto__": 1}]'))],
    ['a message with a tail', Buffer.concat([written('plan'), Buffer.of(0)])],
    ['an array of six', encode([envelopeVersion, 'plan', 'c0001', 1, 1, 1])],
    ['no sender', encode([envelopeVersion, 'plan', '', 1, 1, 1, bodies.plan])],
    ['a long sender', encode([envelopeVersion, 'plan', 'x'.repeat(65), 1, 1, 1, bodies.plan])],
    ['a negative number', encode([envelopeVersion, 'plan', 'c0001', 1, -1, 1, bodies.plan])],
    [
      'a time that the store cannot hold',
      encode([envelopeVersion, 'plan', 'c0001', 1, 1, 1e14, bodies.plan]),
    ],
    ['a start that is no time', encode([envelopeVersion, 'plan', 'c0001', 1e14, 1, 1, bodies.plan])],
    ['text for a number', encode([envelopeVersion, 'plan', 'c0001', '1', 1, 1, bodies.plan])],
  ])('is malformed: %s', (_, bytes) => {
    expect(decodeEnvelope('plan', bytes)).toEqual({ ok: false, cause: 'malformed' });
  });

  it('names another version, another kind and a body that does not fit', () => {
    const { sender, boot, seq, sentAt } = origin;
    const later = encode([envelopeVersion + 1, 'plan', sender, boot, seq, sentAt, { anything: 1 }]);
    expect(decodeEnvelope('plan', later)).toEqual({ ok: false, cause: 'version' });
    expect(decodeEnvelope('result', written('plan'))).toEqual({ ok: false, cause: 'kind' });
    expect(decodeEnvelope('model', written('update'))).toEqual({ ok: false, cause: 'kind' });
    const unfit = encode([envelopeVersion, 'plan', sender, boot, seq, sentAt, { round: 0 }]);
    expect(decodeEnvelope('plan', unfit)).toEqual({ ok: false, cause: 'schema' });
  });

  it.each<[string, MessageKind, unknown]>([
    ['an unknown state', 'status', { ...status, state: 'flying' }],
    ['a log for a reason', 'status', { ...status, reason: 'x'.repeat(501) }],
    [
      'a loss that is not a number',
      'result',
      {
        outcome: 'trained',
        round: 1,
        updateSha256: sha,
        metrics: { ...metrics, test: { ...metrics.test, loss: NaN } },
      },
    ],
    [
      'an accuracy above 1',
      'result',
      {
        outcome: 'trained',
        round: 1,
        updateSha256: sha,
        metrics: { ...metrics, test: { ...metrics.test, accuracy: 1.01 } },
      },
    ],
    ['a round that no column holds', 'telemetry', { ...bodies.telemetry, round: 2 ** 31 }],
    ['a chunk of such a round', 'update', { ...chunk, round: 2 ** 31 }],
    ...['samples', 'steps', 'epochs', 'paramsCount'].map((name): [string, MessageKind, unknown] => [
      `${name} that no column holds`,
      'result',
      { outcome: 'trained', round: 1, updateSha256: sha, metrics: { ...metrics, [name]: 2 ** 31 } },
    ]),
    ...[new Uint8Array(1020), new Uint8Array(1028), new Uint8Array(1024).fill(0x7f)].map(
      (updateSignature): [string, MessageKind, unknown] => [
        `a signature of ${updateSignature.byteLength} bytes that is none`,
        'result',
        { outcome: 'trained', round: 1, updateSha256: sha, metrics: { ...metrics, updateSignature } },
      ],
    ),
    ['a failure without a reason', 'result', { outcome: 'failed', round: 1 }],
    ['an unknown command', 'command', { command: 'format', round: 1 }],
    ['infinite memory', 'telemetry', { ...bodies.telemetry, rssMb: Infinity }],
  ])('does not fit its schema: %s', (_, kind, body) => {
    const bytes = encode([envelopeVersion, kind, 'c0001', 1, 1, 1, body]);
    expect(decodeEnvelope(kind, bytes)).toEqual({ ok: false, cause: 'schema' });
  });
});

describe('MessageWriter', () => {
  it('numbers each kind from 0', () => {
    const writer = new MessageWriter('c0001', 7);
    const numbers = (['status', 'telemetry', 'status', 'status', 'telemetry'] as const).map((kind) => {
      const decoded = decodeEnvelope(kind, writer.write(kind, bodies[kind]));
      return decoded.ok ? [decoded.envelope.kind, decoded.envelope.boot, decoded.envelope.seq] : [];
    });
    expect(numbers).toEqual([
      ['status', 7, 0],
      ['telemetry', 7, 0],
      ['status', 7, 1],
      ['status', 7, 2],
      ['telemetry', 7, 1],
    ]);
    expect(writer.next('status')).toMatchObject({ sender: 'c0001', boot: 7, seq: 3 });
    expect(writer.next('status').seq).toBe(4);
  });
});
