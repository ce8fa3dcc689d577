import type { AgentStatus, Envelope } from '#protocol';

/**
 * Which process of each agent is the one that counts. A process that is on its way out may still speak, or be
 * spoken of by its last will, when its successor is already there.
 */
export class NewestBoots {
  readonly #newest = new Map<number, { readonly boot: number; readonly state: AgentStatus['state'] }>();

  /**
   * Takes a status in, unless a later process of the agent is connected. One that has left is not in the way:
   * clocks differ, so an agent that has moved to another machine may seem to have started before it.
   * @returns whether it was taken
   */
  admits(client: number, { boot, body }: Pick<Envelope<'status'>, 'boot' | 'body'>): boolean {
    const newest = this.#newest.get(client);
    if (newest !== undefined && boot < newest.boot && newest.state !== 'offline') return false;
    this.#newest.set(client, { boot, state: body.state });
    return true;
  }
}
