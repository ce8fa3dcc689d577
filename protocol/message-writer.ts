import { encodeEnvelope, type Origin } from './envelope.js';
import type { MessageBody, MessageKind } from './messages.js';

/** Encodes the messages of one sender; numbers each kind from 0, so that a receiver sees gaps. */
export class MessageWriter {
  readonly #sender: string;
  readonly #boot: number;
  readonly #next = new Map<MessageKind, number>();

  /** @param boot start of this process, in milliseconds since 1970 */
  constructor(sender: string, boot: number) {
    this.#sender = sender;
    this.#boot = boot;
  }

  write<K extends MessageKind>(kind: K, body: MessageBody<K>): Buffer {
    return encodeEnvelope(kind, this.next(kind), body);
  }

  /** Takes the next number of a kind, for a message that is sent now. */
  next(kind: MessageKind): Origin {
    const seq = this.#next.get(kind) ?? 0;
    this.#next.set(kind, seq + 1);
    return { sender: this.#sender, boot: this.#boot, seq, sentAt: Date.now() };
  }
}
