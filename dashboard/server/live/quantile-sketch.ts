/** Relative error of a quantile: 1 %. */
const accuracy = 0.01;
const gamma = (1 + accuracy) / (1 - accuracy);
const logGamma = Math.log(gamma);
/** What is no larger counts as 0. */
const smallest = 1e-9;
/** Bins are made room for so many at once. */
const roomStep = 32;

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
  /** Values by bin, from bin `#first` on. Values of one metric lie close together: there are few gaps. */
  #bins = new Uint32Array();
  #first = 0;

  /** Takes a value in; NaN and infinities are no values. */
  add(value: number): void {
    if (!Number.isFinite(value)) return;
    this.count++;
    this.#sum += value;
    if (value < this.min) this.min = value;
    if (value > this.max) this.max = value;
    if (value <= smallest) this.#zeros++;
    else this.#increase(Math.ceil(Math.log(value) / logGamma), 1);
  }

  merge(other: QuantileSketch): void {
    this.count += other.count;
    this.#sum += other.#sum;
    this.min = Math.min(this.min, other.min);
    this.max = Math.max(this.max, other.max);
    this.#zeros += other.#zeros;
    other.#bins.forEach((count, i) => {
      if (count > 0) this.#increase(other.#first + i, count);
    });
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
    let next = 0;
    let below = this.#zeros;
    let value = 0;
    return shares.map((share) => {
      const rank = share * (this.count - 1);
      for (; below <= rank && next < this.#bins.length; next++) {
        const count = this.#bins[next] ?? 0;
        if (count === 0) continue;
        below += count;
        value = (2 * gamma ** (this.#first + next)) / (gamma + 1);
      }
      return Math.min(this.max, Math.max(this.min, value));
    });
  }

  #increase(bin: number, by: number): void {
    if (bin < this.#first || bin >= this.#first + this.#bins.length) this.#makeRoom(bin);
    const place = bin - this.#first;
    this.#bins[place] = (this.#bins[place] ?? 0) + by;
  }

  #makeRoom(bin: number): void {
    const isEmpty = this.#bins.length === 0;
    const low = isEmpty ? bin : Math.min(bin, this.#first);
    const high = isEmpty ? bin : Math.max(bin, this.#first + this.#bins.length - 1);
    const first = Math.floor(low / roomStep) * roomStep;
    const bins = new Uint32Array(Math.ceil((high + 1 - first) / roomStep) * roomStep);
    bins.set(this.#bins, isEmpty ? 0 : this.#first - first);
    this.#bins = bins;
    this.#first = first;
  }
}
