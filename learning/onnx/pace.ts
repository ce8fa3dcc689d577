/** How long a run may keep the event loop waiting, if nobody else has the processor. */
const turnMs = 20;

/** Finds how many steps a run may have; what steps compute does not depend on it. */
export class Pace {
  #steps = 1;

  /** Steps for the next run. */
  get steps(): number {
    return this.#steps;
  }

  /** Runs a number of steps and learns from the processor time they take: on a busy machine the
   * clock would make runs ever shorter, each with its fixed cost. */
  async measure<T>(steps: number, run: () => Promise<T>): Promise<T> {
    const began = process.cpuUsage();
    const result = await run();
    const { user, system } = process.cpuUsage(began);
    const fitting = Math.floor((turnMs * 1000 * steps) / Math.max(user + system, 10));
    // At most twice as many: the first run also allocates, others may be held up.
    this.#steps = Math.max(1, Math.min(2 * this.#steps, fitting));
    return result;
  }
}
