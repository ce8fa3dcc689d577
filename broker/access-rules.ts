import { agentMayPublish, agentMaySubscribe, idPattern } from '#protocol';
import { aggregatorUser, tokenMatches } from './agent-token.js';

/** What a client says of itself in CONNECT. */
export interface ConnectRequest {
  readonly clientId: string;
  readonly cleanSession: boolean;
  readonly user: string | undefined;
  readonly password: Uint8Array | undefined;
  readonly will: { readonly topic: string; readonly qos: number } | undefined;
}

/**
 * Why a connection is refused, with the return code of CONNACK (MQTT 3.1.1, table 3.1):
 * 2 identifier rejected, 4 bad user name or password, 5 not authorised.
 */
export interface Refusal {
  readonly returnCode: 2 | 4 | 5;
  readonly reason: string;
}

/**
 * The rules of the embedded broker, for one run.
 *
 * - User and password: `aggregator` or an agent's id, with its token. Anonymous is refused.
 * - Client id: exactly `{run}-{user}`. MQTT lets a second connection of the same client id take the
 *   first one's place, so an id of one's own choice would let an agent throw out another.
 * - Clean sessions only: the broker keeps nothing on disk, and queues for absent clients would grow
 *   without bound. What an absent client must learn later is retained.
 * - Agents: the topics of `agentMayPublish` and `agentMaySubscribe`, last wills included.
 * - Aggregator: everything except `$` topics, which are the broker's own.
 * - QoS 0 and 1; no shared subscriptions (`$share`).
 *
 * A connection against the rules is refused in CONNACK, a subscription in SUBACK (0x80). MQTT 3.1.1
 * has no way to refuse a publication: it is dropped and its sender's connection closed (3.3.5).
 */
export class AccessRules {
  readonly #run: string;
  readonly #secret: string;

  constructor(run: string, secret: string) {
    this.#run = run;
    this.#secret = secret;
  }

  /** @returns undefined where the client may connect */
  refuse({ clientId, cleanSession, user, password, will }: ConnectRequest): Refusal | undefined {
    if (user === undefined || password === undefined) {
      return { returnCode: 5, reason: 'anonymous' };
    }
    if (!idPattern.test(user) || !tokenMatches(this.#secret, user, password)) {
      return { returnCode: 4, reason: 'bad user name or password' };
    }
    if (clientId !== `${this.#run}-${user}`) {
      return { returnCode: 2, reason: 'client id is not {run}-{user}' };
    }
    if (!cleanSession) return { returnCode: 5, reason: 'persistent sessions are not offered' };
    if (will !== undefined && !this.mayPublish(user, will.topic, will.qos)) {
      return { returnCode: 5, reason: 'last will on a foreign topic' };
    }
    return undefined;
  }

  mayPublish(user: string, topic: string, qos: number): boolean {
    if (qos > 1 || topic.startsWith('$')) return false;
    return user === aggregatorUser || agentMayPublish(this.#run, user, topic);
  }

  maySubscribe(user: string, filter: string): boolean {
    if (filter.startsWith('$share/')) return false;
    return user === aggregatorUser || agentMaySubscribe(this.#run, user, filter);
  }
}
