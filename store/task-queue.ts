/** `urgent`: what a run waits for, such as its records being stored. `patient`: what somebody asks beside it. */
export type Urgency = 'urgent' | 'patient';

interface Waiting {
  readonly begin: () => void;
}

/** Runs tasks one at a time. Of those that wait, urgent ones come first, each kind in its order. */
export class TaskQueue {
  readonly #waiting: Readonly<Record<Urgency, Waiting[]>> = { urgent: [], patient: [] };
  #underWay: Urgency | undefined;

  /** What kind of task is under way; undefined when there is none. */
  get underWay(): Urgency | undefined {
    return this.#underWay;
  }

  /**
   * Runs a task when it is its turn, whatever became of those before.
   * @param signal a task that still waits when it is aborted is never begun
   * @throws the signal's reason; what the task throws
   */
  async run<T>(urgency: Urgency, task: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    signal?.throwIfAborted();
    await this.#turn(urgency, signal);
    try {
      return await task();
    } finally {
      this.#pass();
    }
  }

  async #turn(urgency: Urgency, signal: AbortSignal | undefined): Promise<void> {
    if (this.#underWay === undefined) {
      this.#underWay = urgency;
      return;
    }
    const queue = this.#waiting[urgency];
    await new Promise<void>((resolve, reject) => {
      const giveUp = (): void => {
        queue.splice(queue.indexOf(waiting), 1);
        reject(signal?.reason);
      };
      const waiting: Waiting = {
        begin: () => {
          signal?.removeEventListener('abort', giveUp);
          this.#underWay = urgency;
          resolve();
        },
      };
      queue.push(waiting);
      signal?.addEventListener('abort', giveUp, { once: true });
    });
  }

  #pass(): void {
    this.#underWay = undefined;
    const next = this.#waiting.urgent.shift() ?? this.#waiting.patient.shift();
    next?.begin();
  }
}
