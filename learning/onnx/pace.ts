/** How long a run may keep the event loop waiting. */
const turnMs = 15;

/** Finds how many steps a run may have; what steps compute does not depend on it. */
export class Pace {
  #steps = 1;

  /** Steps for the next run. */
  get steps(): number {
    return this.#steps;
  }

  /** Runs a number of steps and learns from the time they take. */
  async measure<T>(steps: number, run: () => Promise<T>): Promise<T> {
    const began = performance.now();
    const result = await run();
    const elapsed = Math.max(performance.now() - began, 0.01);
    const fitting = Math.floor((turnMs * steps) / elapsed);
    // At most twice as many: the first run also allocates, others may be held up.
    this.#steps = Math.max(1, Math.min(2 * this.#steps, fitting));
    return result;
  }
}
