/** How long a seat is kept for an agent that has claimed it and has yet to connect, milliseconds. */
const reservationMs = 60_000;

/**
 * Gives clients to agents that do not know which one they are (`mlaas agent --id auto`): the lowest that
 * nobody is, and nobody was promised just before. Asking again with the same name gives the same seat.
 */
export class Seats {
  readonly #clients: readonly number[];
  readonly #isTaken: (client: number) => boolean;
  readonly #reserved = new Map<number, { name: string; until: number }>();

  /**
   * @param clients the seats that may be given away, lowest first
   * @param isTaken whether an agent is connected as that client
   */
  constructor(clients: readonly number[], isTaken: (client: number) => boolean) {
    this.#clients = clients;
    this.#isTaken = isTaken;
  }

  /** @returns the client, or undefined when all seats are taken */
  claim(name: string, now: number): number | undefined {
    const client = this.#heldBy(name, now) ?? this.#clients.find((one) => this.#isFree(one, now));
    if (client !== undefined) this.#reserved.set(client, { name, until: now + reservationMs });
    return client;
  }

  #heldBy(name: string, now: number): number | undefined {
    return this.#clients.find((client) => {
      const held = this.#reserved.get(client);
      return held?.name === name && held.until > now;
    });
  }

  #isFree(client: number, now: number): boolean {
    return !this.#isTaken(client) && (this.#reserved.get(client)?.until ?? 0) <= now;
  }
}
