import { decode, encode } from '@msgpack/msgpack';
import { z } from 'zod';
import { type MessageBody, type MessageKind, messageSchemas } from './messages.js';

export const envelopeVersion = 1;

/**
 * Who sent a message and when. (sender, boot, kind, seq) names a message for good: `boot` is the start
 * of the sender's process in milliseconds since 1970, so that numbers stay unique over a restart.
 */
export interface Origin {
  readonly sender: string;
  readonly boot: number;
  readonly seq: number;
  /** Milliseconds since 1970 by the sender's clock. */
  readonly sentAt: number;
}

export interface Envelope<K extends MessageKind> extends Origin {
  readonly kind: K;
  readonly body: MessageBody<K>;
}

/** Milliseconds since 1970 before which a time must be for the store's microseconds: the year 2243. */
const endOfTime = 8.64e12;

const wireSchema = z.tuple([
  z.int(),
  z.string(),
  z.string().min(1).max(64),
  z.int().nonnegative().lt(endOfTime),
  z.int().nonnegative(),
  z.number().nonnegative().lt(endOfTime),
  z.unknown(),
]);

/** MessagePack of `[version, kind, sender, boot, seq, sentAt, body]`. */
export function encodeEnvelope<K extends MessageKind>(kind: K, origin: Origin, body: MessageBody<K>): Buffer {
  const packed = encode(
    [envelopeVersion, kind, origin.sender, origin.boot, origin.seq, origin.sentAt, body],
    { ignoreUndefined: true },
  );
  return Buffer.from(packed.buffer, packed.byteOffset, packed.byteLength);
}

export type DecodeOutcome<K extends MessageKind> =
  | { readonly ok: true; readonly envelope: Envelope<K> }
  | { readonly ok: false; readonly cause: 'malformed' | 'version' | 'kind' | 'schema' };

/** Reads and validates a message of the expected kind; never throws on bad input. */
export function decodeEnvelope<K extends MessageKind>(kind: K, bytes: Uint8Array): DecodeOutcome<K> {
  let wire: z.infer<typeof wireSchema>;
  try {
    const parsed = wireSchema.safeParse(decode(bytes, { maxStrLength: 65_536, maxArrayLength: 1_000_000 }));
    if (!parsed.success) return { ok: false, cause: 'malformed' };
    wire = parsed.data;
  } catch {
    return { ok: false, cause: 'malformed' };
  }
  const [version, wireKind, sender, boot, seq, sentAt, rawBody] = wire;
  if (version !== envelopeVersion) return { ok: false, cause: 'version' };
  if (wireKind !== kind) return { ok: false, cause: 'kind' };
  const body = messageSchemas[kind].safeParse(rawBody);
  if (!body.success) return { ok: false, cause: 'schema' };
  return {
    ok: true,
    envelope: { kind, sender, boot, seq, sentAt, body: body.data as MessageBody<K> },
  };
}
