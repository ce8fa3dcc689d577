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
  /** Kept up with every change, so that nobody counts the whole fleet for each message of it. */
  readonly #ready = new Set<number>();
  readonly #connected = new Set<number>();
  readonly #awaited: Set<number>;

  /**
   * @param clients how many there are to be
   * @param startedAt milliseconds since 1970
   */
  constructor(clients: number, startedAt: number) {
    this.#startedAt = startedAt;
    this.#awaited = new Set(Array.from({ length: clients }, (_, client) => client));
  }

  update(client: number, status: AgentStatus, at: number): void {
    const before = this.#entries.get(client);
    const flipped =
      before === undefined || (before.status.state === 'offline') !== (status.state === 'offline');
    this.#entries.set(client, { status, since: flipped ? at : before.since });
    if (status.state !== 'offline') this.#givenUp.delete(client);
    this.#sort(client);
  }

  /** The agent will not come back by itself: rounds need not wait for it. */
  giveUp(client: number): void {
    this.#givenUp.add(client);
    this.#sort(client);
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

  /** Nobody is connected any more. */
  isEmpty(): boolean {
    return this.#connected.size === 0;
  }

  readyCount(): number {
    return this.#ready.size;
  }

  /** Clients that are not ready and may yet come. */
  awaitedCount(): number {
    return this.#awaited.size;
  }

  /** When a round may stop waiting for an agent that is away: `graceMs` after it was last seen. */
  missingAt(client: number, graceMs: number): number | undefined {
    if (this.isReady(client) || this.status(client)?.state === 'starting') return undefined;
    if (this.#givenUp.has(client)) return 0;
    return (this.#entries.get(client)?.since ?? this.#startedAt) + graceMs;
  }

  #sort(client: number): void {
    const isReady = this.isReady(client);
    keep(this.#ready, client, isReady);
    keep(this.#connected, client, this.isConnected(client));
    keep(this.#awaited, client, !isReady && !this.#givenUp.has(client));
  }
}

function keep(clients: Set<number>, client: number, isIn: boolean): void {
  if (isIn) clients.add(client);
  else clients.delete(client);
}
