import { setImmediate } from 'node:timers/promises';

/** A computation that stops between its steps. */
export type Steps<T> = Generator<void, T>;

/** Takes all steps at once. */
export function atOnce<T>(steps: Steps<T>): T {
  for (;;) {
    const { done, value } = steps.next();
    if (done === true) return value;
  }
}

/**
 * Takes one step a turn of the event loop: an agent that is deaf for longer than its broker's patience is lost.
 * @throws what the signal is aborted with
 */
export async function inTurns<T>(steps: Steps<T>, signal?: AbortSignal): Promise<T> {
  for (;;) {
    await setImmediate();
    signal?.throwIfAborted();
    const { done, value } = steps.next();
    if (done === true) return value;
  }
}
