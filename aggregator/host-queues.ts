interface Host {
  cores: number;
  /** Clients that train there now. */
  running: number;
  /** Clients that wait for a core, lowest first. */
  readonly waiting: number[];
}

/**
 * Who waits for a core of which host. Every change costs the logarithm of the waiting clients, and `take` looks
 * only at hosts that have changed: a fleet of thousands is not walked through for each of its messages.
 */
export class HostQueues {
  readonly #hosts = new Map<string, Host>();
  readonly #changed = new Set<Host>();

  setCores(name: string, cores: number): void {
    const host = this.#host(name);
    if (host.cores === cores) return;
    host.cores = cores;
    this.#changed.add(host);
  }

  wait(name: string, client: number): void {
    const host = this.#host(name);
    host.waiting.splice(placeOf(client, host.waiting), 0, client);
    this.#changed.add(host);
  }

  /** The client does not wait any more. */
  leave(name: string, client: number): void {
    const { waiting } = this.#host(name);
    const place = placeOf(client, waiting);
    if (waiting[place] === client) waiting.splice(place, 1);
  }

  /** A client that was taken has left its core. */
  release(name: string): void {
    const host = this.#host(name);
    host.running--;
    this.#changed.add(host);
  }

  /** Gives the free cores to who waits for them. @returns those clients, lowest first */
  take(): number[] {
    const taken: number[] = [];
    for (const host of this.#changed) {
      const next = host.waiting.splice(0, Math.max(0, host.cores - host.running));
      host.running += next.length;
      taken.push(...next);
    }
    this.#changed.clear();
    return taken.sort((a, b) => a - b);
  }

  #host(name: string): Host {
    const known = this.#hosts.get(name);
    if (known !== undefined) return known;
    const host = { cores: 1, running: 0, waiting: [] };
    this.#hosts.set(name, host);
    return host;
  }
}

/** Where a client stands, or would stand, among others in rising order. */
function placeOf(client: number, others: readonly number[]): number {
  let [low, high] = [0, others.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((others[middle] ?? 0) < client) low = middle + 1;
    else high = middle;
  }
  return low;
}
