/** How many messages of an agent were dropped for a cause. */
export interface DroppedMessages {
  readonly agent: string;
  readonly cause: string;
  readonly count: number;
}

interface Tally {
  readonly agent: string;
  readonly cause: string;
  count: number;
}

/** Pairs of agent and cause that are counted on their own: a flood of invented names must not grow the memory. */
const maxTallies = 1000;
/** All the others. */
const furtherAgent = 'further agents';
const furtherCause = 'of any cause';

/** Counts messages that were dropped, by agent and cause. */
export class DropCounter {
  readonly #tallies = new Map<string, Tally>();

  /** @returns the pair of agent and cause when it is counted for the first time */
  add(agent: string, cause: string, count = 1): Pick<DroppedMessages, 'agent' | 'cause'> | undefined {
    const known = this.#tallies.get(keyOf(agent, cause));
    if (known !== undefined) {
      known.count += count;
      return undefined;
    }
    if (this.#tallies.size >= maxTallies && agent !== furtherAgent) {
      return this.add(furtherAgent, furtherCause, count);
    }
    const tally = { agent, cause, count };
    this.#tallies.set(keyOf(agent, cause), tally);
    return tally;
  }

  /** What was counted since the last call, in the order of the first messages. */
  take(): DroppedMessages[] {
    const taken = [...this.#tallies.values()].filter(({ count }) => count > 0).map((tally) => ({ ...tally }));
    for (const tally of this.#tallies.values()) tally.count = 0;
    return taken;
  }
}

const keyOf = (agent: string, cause: string): string => `${agent}/${cause}`;
