import { createHash } from 'node:crypto';
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plusFromState } from 'pure-rand/generator/xoroshiro128plus';
import type { RandomGenerator } from 'pure-rand/types/RandomGenerator';

/** What a stream is drawn for. Two purposes never share numbers. */
export type StreamPurpose =
  | 'sampling'
  | 'partition'
  | 'init'
  | 'shuffle'
  | 'dropout'
  | 'composition'
  | 'render'
  | 'test-split'
  | 'noise'
  | 'drift'
  | 'train-evaluation'
  | 'held-out'
  | 'autogen'
  | 'aggregation'
  | 'availability'
  | 'silhouette'
  | 'device';

/**
 * One reproducible stream of random numbers. Streams of different (seed, purpose, client, round)
 * are independent: the xoroshiro128+ state is the SHA-256 of the four.
 */
export class RandomStream {
  readonly #generator: RandomGenerator;
  #spareNormal: number | undefined;

  constructor(generator: RandomGenerator) {
    this.#generator = generator;
  }

  /** A float in [0, 1) with 53 random bits. */
  float(): number {
    return uniformFloat64(this.#generator);
  }

  /** A float in [low, high). */
  between(low: number, high: number): number {
    return low + (high - low) * this.float();
  }

  /** An integer in [low, high], both included, without modulo bias. */
  integer(low: number, high: number): number {
    return uniformInt(this.#generator, low, high);
  }

  /** A standard normal draw (Marsaglia's polar method). */
  normal(): number {
    const spare = this.#spareNormal;
    if (spare !== undefined) {
      this.#spareNormal = undefined;
      return spare;
    }
    for (;;) {
      const u = 2 * this.float() - 1;
      const v = 2 * this.float() - 1;
      const s = u * u + v * v;
      if (s > 0 && s < 1) {
        const factor = Math.sqrt((-2 * Math.log(s)) / s);
        this.#spareNormal = v * factor;
        return u * factor;
      }
    }
  }

  /**
   * The natural logarithm of a Gamma(shape, 1) draw (Marsaglia & Tsang 2000, with their boost for
   * shape < 1). In log space, because draws of a small shape underflow to zero otherwise.
   */
  logGamma(shape: number): number {
    if (shape < 1) return this.logGamma(shape + 1) + Math.log(1 - this.float()) / shape;
    const d = shape - 1 / 3;
    const c = 1 / Math.sqrt(9 * d);
    for (;;) {
      const x = this.normal();
      const v = (1 + c * x) ** 3;
      if (v <= 0) continue;
      const logV = Math.log(v);
      if (Math.log(1 - this.float()) < 0.5 * x * x + d - d * v + d * logV) return Math.log(d) + logV;
    }
  }

  /** A draw from the symmetric Dirichlet distribution: `size` shares that sum to 1. */
  dirichlet(alpha: number, size: number): Float64Array {
    const logs = Float64Array.from({ length: size }, () => this.logGamma(alpha));
    const largest = logs.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
    const shares = logs.map((log) => Math.exp(log - largest));
    const total = shares.reduce((a, b) => a + b, 0);
    return shares.map((share) => share / total);
  }

  /** Shuffles in place (Fisher-Yates) and returns its argument. */
  shuffle<T extends number[] | Int32Array | Uint32Array>(items: T): T {
    for (let i = items.length - 1; i > 0; i--) {
      const j = this.integer(0, i);
      const swap = items[i] as number;
      items[i] = items[j] as number;
      items[j] = swap;
    }
    return items;
  }
}

/**
 * The stream of one entity. `client` and `round` are -1 where the purpose has none.
 *
 * @example randomStream(7, 'shuffle', 3, 2) // client 3's sample order in round 2
 */
export function randomStream(seed: number, purpose: StreamPurpose, client = -1, round = -1): RandomStream {
  const digest = createHash('sha256').update(`${seed}/${purpose}/${client}/${round}`).digest();
  const state = [0, 4, 8, 12].map((offset) => digest.readInt32LE(offset));
  return new RandomStream(xoroshiro128plusFromState(state));
}
