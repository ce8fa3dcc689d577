/** Longest delay of a timer, 2^31 - 1 ms. */
const longestDelayMs = 2 ** 31 - 1;

/** Lets one waiter sleep until something has happened. */
export class Bell {
  #wake: () => void = () => {};

  ring(): void {
    this.#wake();
  }

  /**
   * Resolves at the next ring, at a time, or when the signal aborts, whichever comes first.
   * @param time milliseconds since 1970
   */
  rings(time?: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const finish = (): void => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', finish);
        this.#wake = () => {};
        resolve();
      };
      const delayMs =
        time === undefined ? undefined : Math.max(0, Math.min(time - Date.now(), longestDelayMs));
      const timer = delayMs === undefined ? undefined : setTimeout(finish, delayMs);
      signal?.addEventListener('abort', finish);
      this.#wake = finish;
    });
  }
}
