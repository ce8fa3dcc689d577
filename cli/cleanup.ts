/** What must be undone, in reverse order, whatever happens. */
export class Cleanup {
  readonly #steps: { name: string; undo: () => Promise<void> | void }[] = [];

  add(name: string, undo: () => Promise<void> | void): void {
    this.#steps.push({ name, undo });
  }

  /** Runs every step even when one fails. @returns what failed, a line each */
  async run(): Promise<string[]> {
    const failures: string[] = [];
    for (let step = this.#steps.pop(); step !== undefined; step = this.#steps.pop()) {
      try {
        await step.undo();
      } catch (cause) {
        failures.push(`${step.name}: ${cause instanceof Error ? cause.message : String(cause)}`);
      }
    }
    return failures;
  }
}
