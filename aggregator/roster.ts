import type { AgentStatus } from '#protocol';

export interface RosterEntry {
  readonly status: AgentStatus;
  /** When the agent was last seen to change between connected and not, milliseconds since 1970. */
  readonly since: number;
}

/** Who is connected and in which state, by the agents' own retained status messages. */
export class Roster {
  readonly #entries = new Map<number, RosterEntry>();
  readonly #givenUp = new Set<number>();
  readonly #startedAt: number;

  constructor(startedAt: number) {
    this.#startedAt = startedAt;
  }

  update(client: number, status: AgentStatus, at: number): void {
    const before = this.#entries.get(client);
    const flipped =
      before === undefined || (before.status.state === 'offline') !== (status.state === 'offline');
    this.#entries.set(client, { status, since: flipped ? at : before.since });
    if (status.state !== 'offline') this.#givenUp.delete(client);
  }

  /** The agent will not come back by itself: rounds need not wait for it. */
  giveUp(client: number): void {
    this.#givenUp.add(client);
  }

  status(client: number): AgentStatus | undefined {
    return this.#entries.get(client)?.status;
  }

  /** Connected, with its data loaded. */
  isReady(client: number): boolean {
    const state = this.status(client)?.state;
    return state !== undefined && state !== 'offline' && state !== 'starting';
  }

  isConnected(client: number): boolean {
    const state = this.status(client)?.state;
    return state !== undefined && state !== 'offline';
  }

  isGivenUp(client: number): boolean {
    return this.#givenUp.has(client);
  }

  /** Nobody is connected any more. */
  isEmpty(): boolean {
    return [...this.#entries.values()].every(({ status }) => status.state === 'offline');
  }

  readyCount(): number {
    return [...this.#entries.keys()].filter((client) => this.isReady(client)).length;
  }

  /** When a round may stop waiting for an agent that is away: `graceMs` after it was last seen. */
  missingAt(client: number, graceMs: number): number | undefined {
    if (this.isReady(client) || this.status(client)?.state === 'starting') return undefined;
    if (this.#givenUp.has(client)) return 0;
    return (this.#entries.get(client)?.since ?? this.#startedAt) + graceMs;
  }
}
