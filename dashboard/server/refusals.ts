export type RefusalCause =
  | 'foreign'
  | 'unauthenticated'
  | 'too-many-pages'
  | 'malformed'
  | 'oversized'
  | 'flooding'
  | 'silent';

/** Counts clients and requests that were turned away, by cause. */
export class Refusals {
  readonly #counts = new Map<RefusalCause, number>();

  count(cause: RefusalCause): void {
    this.#counts.set(cause, (this.#counts.get(cause) ?? 0) + 1);
  }

  counts(): Readonly<Partial<Record<RefusalCause, number>>> {
    return Object.fromEntries(this.#counts);
  }
}
