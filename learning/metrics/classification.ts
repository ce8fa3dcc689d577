import { softmaxCrossEntropy } from '../models/softmax-cross-entropy.js';
import type { Evaluation } from '../trainer.js';

/** Counts, batch by batch, how often each class is taken for each, and adds the losses up. */
export class ClassificationMeter {
  readonly #classes: number;
  /** Samples of class i taken for class j, at i * classes + j. */
  readonly #confusion: Float64Array;
  #lossSum = 0;
  #samples = 0;

  constructor(classes: number) {
    this.#classes = classes;
    this.#confusion = new Float64Array(classes * classes);
  }

  /** @param logits one row of a logit a class for every label */
  add(logits: Float32Array, labels: Uint8Array): void {
    const { lossSum, predicted } = softmaxCrossEntropy(logits, labels);
    this.addPredictions(predicted, labels, lossSum);
  }

  /** @param lossSum cross-entropies of the samples, in nats */
  addPredictions(predicted: Uint8Array, labels: Uint8Array, lossSum: number): void {
    this.#lossSum += lossSum;
    this.#samples += labels.length;
    for (let i = 0; i < labels.length; i++) {
      const cell = (labels[i] ?? 0) * this.#classes + (predicted[i] ?? 0);
      this.#confusion[cell] = (this.#confusion[cell] ?? 0) + 1;
    }
  }

  evaluation(): Evaluation {
    const scores = Array.from({ length: this.#classes }, (_, label) => this.#scoresOf(label));
    const hits = scores.reduce((sum, { hit }) => sum + hit, 0);
    // As in scikit-learn: F1 over the classes that occur or are predicted, recall over those that occur.
    const scored = scores.filter(({ actual, taken }) => actual + taken > 0);
    const occurring = scores.filter(({ actual }) => actual > 0);
    const accuracy = hits / this.#samples;
    return {
      samples: this.#samples,
      loss: this.#lossSum / this.#samples,
      accuracy,
      f1: mean(scored.map(({ hit, actual, taken }) => (2 * hit) / (actual + taken))),
      balancedAccuracy: mean(occurring.map(({ hit, actual }) => hit / actual)),
      metricScore: accuracy,
    };
  }

  #scoresOf(label: number): { hit: number; actual: number; taken: number } {
    let actual = 0;
    let taken = 0;
    for (let other = 0; other < this.#classes; other++) {
      actual += this.#confusion[label * this.#classes + other] ?? 0;
      taken += this.#confusion[other * this.#classes + label] ?? 0;
    }
    return { hit: this.#confusion[label * this.#classes + label] ?? 0, actual, taken };
  }
}

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;
