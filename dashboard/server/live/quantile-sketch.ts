/** Relative error of a quantile: 1 %. */
const accuracy = 0.01;
const gamma = (1 + accuracy) / (1 - accuracy);
const logGamma = Math.log(gamma);
/** What is no larger counts as 0. */
const smallest = 1e-9;

/**
 * Quantiles of a stream in little memory, with a relative error of at most 1 %: DDSketch (Masson, Rim
 * and Lee, VLDB 2019) for values from 0 on. What is below 0 counts as 0, but `min` tells it. Two
 * sketches merge into what one sketch of both streams would be.
 */
export class QuantileSketch {
  count = 0;
  min = Number.POSITIVE_INFINITY;
  max = Number.NEGATIVE_INFINITY;
  #sum = 0;
  #zeros = 0;
  readonly #bins = new Map<number, number>();

  /** Takes a value in; NaN and infinities are no values. */
  add(value: number): void {
    if (!Number.isFinite(value)) return;
    this.count++;
    this.#sum += value;
    if (value < this.min) this.min = value;
    if (value > this.max) this.max = value;
    if (value <= smallest) {
      this.#zeros++;
      return;
    }
    const bin = Math.ceil(Math.log(value) / logGamma);
    this.#bins.set(bin, (this.#bins.get(bin) ?? 0) + 1);
  }

  merge(other: QuantileSketch): void {
    this.count += other.count;
    this.#sum += other.#sum;
    this.min = Math.min(this.min, other.min);
    this.max = Math.max(this.max, other.max);
    this.#zeros += other.#zeros;
    for (const [bin, count] of other.#bins) this.#bins.set(bin, (this.#bins.get(bin) ?? 0) + count);
  }

  /** NaN when there is no value. */
  get mean(): number {
    return this.#sum / this.count;
  }

  /**
   * @param shares in ascending order, 0..1
   * @returns the quantile of each share, NaN when there is no value
   */
  quantiles(shares: readonly number[]): number[] {
    if (this.count === 0) return shares.map(() => Number.NaN);
    const bins = [...this.#bins].sort(([a], [b]) => a - b);
    let next = 0;
    let below = this.#zeros;
    let value = 0;
    return shares.map((share) => {
      const rank = share * (this.count - 1);
      for (let bin = bins[next]; below <= rank && bin !== undefined; bin = bins[next]) {
        below += bin[1];
        value = (2 * gamma ** bin[0]) / (gamma + 1);
        next++;
      }
      return Math.min(this.max, Math.max(this.min, value));
    });
  }
}
