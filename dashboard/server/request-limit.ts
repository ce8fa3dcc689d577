import { TokenBucket } from './token-bucket.js';

/** Requests of one address: so many at once, so many a second. A page asks for some ten to begin with. */
const burst = 2000;
const perSecond = 200;
/** Addresses that are remembered; the one that has been known for longest is forgotten first. */
const maxAddresses = 10_000;

/** Keeps one caller from taking the server from the others. */
export class RequestLimit {
  readonly #buckets = new Map<string, TokenBucket>();

  /**
   * Whether one more request of the address is let through.
   * @param now of a clock that only goes forward, in milliseconds
   */
  allows(address: string, now: number): boolean {
    let bucket = this.#buckets.get(address);
    if (bucket === undefined) {
      bucket = new TokenBucket(burst, perSecond, now);
      this.#buckets.set(address, bucket);
      const [oldest] = this.#buckets.keys();
      if (this.#buckets.size > maxAddresses && oldest !== undefined) this.#buckets.delete(oldest);
    }
    return bucket.take(now);
  }
}
