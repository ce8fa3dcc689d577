import { type AggregationStrategy, assertUpdates, type ClientUpdate } from './strategy.js';
import type { WeightRange } from './trained-ranges.js';
import { weightedMean } from './weighted-mean.js';

export interface ServerOptimizerOptions {
  /** η: step size of the server. */
  readonly learningRate: number;
  /** β1: how much of the momentum stays. */
  readonly momentum: number;
  /** β2: how much of the second moment stays (FedAdam, FedYogi). */
  readonly secondMomentum: number;
  /** τ: degree of adaptivity, added to the root of the second moment. */
  readonly tau: number;
  /**
   * The weights that the optimiser steps; all where left out. Of the others the mean is taken: a moving average
   * with momentum overshoots, and a variance gets negative. Reddi et al. avoid batch normalisation; NVIDIA FLARE
   * averages its statistics, too.
   */
  readonly trained?: readonly WeightRange[] | undefined;
}

type MomentumOptions = Pick<ServerOptimizerOptions, 'learningRate' | 'momentum' | 'trained'>;

/** How a family member advances one second moment by the squared pseudo-gradient. */
type SecondMoment = (v: number, squared: number, beta2: number) => number;

const secondMoments = {
  fedadagrad: (v, squared) => v + squared,
  fedadam: (v, squared, beta2) => beta2 * v + (1 - beta2) * squared,
  fedyogi: (v, squared, beta2) => v - (1 - beta2) * squared * Math.sign(v - squared),
} satisfies Record<string, SecondMoment>;

export type AdaptiveName = keyof typeof secondMoments;

/**
 * FedAdagrad, FedAdam and FedYogi (Reddi et al. 2021, Algorithm 2): the mean of the clients' deltas is
 * the gradient of an adaptive optimiser on the server. No bias correction, as in the paper; both
 * moments start from zero and τ², which is the paper's v_{-1} >= τ².
 */
export class AdaptiveServerOptimizer implements AggregationStrategy {
  readonly name: AdaptiveName;
  readonly #options: ServerOptimizerOptions;
  readonly #advance: SecondMoment;
  #m = new Float64Array(0);
  #v = new Float64Array(0);

  constructor(name: AdaptiveName, options: ServerOptimizerOptions) {
    this.name = name;
    this.#options = options;
    this.#advance = secondMoments[name];
  }

  get memory(): readonly Float64Array[] {
    return [this.#m, this.#v];
  }

  set memory([m = new Float64Array(0), v = new Float64Array(0)]: readonly Float64Array[]) {
    this.#m = m.slice();
    this.#v = v.slice();
  }

  aggregate(global: Float32Array, updates: readonly ClientUpdate[]): Float32Array {
    assertUpdates(global, updates);
    const { learningRate, momentum, secondMomentum, tau, trained = allOf(global) } = this.#options;
    if (this.#m.length !== global.length) {
      this.#m = new Float64Array(global.length);
      this.#v = new Float64Array(global.length).fill(tau * tau);
    }
    const m = this.#m;
    const v = this.#v;
    const next = weightedMean(updates);
    for (const { begin, end } of trained) {
      for (let i = begin; i < end; i++) {
        const old = global[i] ?? 0;
        const delta = (next[i] ?? 0) - old;
        const first = momentum * (m[i] ?? 0) + (1 - momentum) * delta;
        const second = this.#advance(v[i] ?? 0, delta * delta, secondMomentum);
        m[i] = first;
        v[i] = second;
        next[i] = old + (learningRate * first) / (Math.sqrt(second) + tau);
      }
    }
    return next;
  }
}

/** Server momentum (Hsu et al. 2019, FedAvgM): v ← β v + Δ, w ← w + η v. */
export class FedAvgM implements AggregationStrategy {
  readonly name = 'fedavgm';
  readonly #options: MomentumOptions;
  #velocity = new Float64Array(0);

  constructor(options: MomentumOptions) {
    this.#options = options;
  }

  get memory(): readonly Float64Array[] {
    return [this.#velocity];
  }

  set memory([velocity = new Float64Array(0)]: readonly Float64Array[]) {
    this.#velocity = velocity.slice();
  }

  aggregate(global: Float32Array, updates: readonly ClientUpdate[]): Float32Array {
    assertUpdates(global, updates);
    const { learningRate, momentum, trained = allOf(global) } = this.#options;
    if (this.#velocity.length !== global.length) this.#velocity = new Float64Array(global.length);
    const velocity = this.#velocity;
    const next = weightedMean(updates);
    for (const { begin, end } of trained) {
      for (let i = begin; i < end; i++) {
        const old = global[i] ?? 0;
        const v = momentum * (velocity[i] ?? 0) + (next[i] ?? 0) - old;
        velocity[i] = v;
        next[i] = old + learningRate * v;
      }
    }
    return next;
  }
}

const allOf = ({ length }: Float32Array): readonly WeightRange[] => [{ begin: 0, end: length }];
