/** When a round stops waiting for participants that are away. Times in milliseconds since 1970. */
export class Absences {
  readonly #until = new Map<number, number>();
  #next = Number.POSITIVE_INFINITY;

  /** Nobody's time is up before; it may be that of a client that has come since. */
  get next(): number {
    return this.#next;
  }

  /** @param until when nobody waits for the client any more; undefined when it is there */
  note(client: number, until: number | undefined): void {
    if (until === undefined) this.#until.delete(client);
    else {
      this.#until.set(client, until);
      this.#next = Math.min(this.#next, until);
    }
  }

  /** Clients whose time is up, in no order; they are told once. */
  take(now: number): number[] {
    if (now < this.#next) return [];
    const over = [...this.#until].filter(([, until]) => until <= now).map(([client]) => client);
    for (const client of over) this.#until.delete(client);
    this.#next = Number.POSITIVE_INFINITY;
    for (const until of this.#until.values()) this.#next = Math.min(this.#next, until);
    return over;
  }
}
