import type { RandomStream } from '#protocol';
import type { Samples } from '../datasets/samples.js';

/** Variance of client i's noise: sigma · (i + 1) / N, so that the last client's is sigma. */
export function noiseVariance(client: number, clients: number, sigma: number): number {
  return (sigma * (client + 1)) / clients;
}

/**
 * Adds Gaussian noise of mean 0 to every feature (Li et al. 2022, "Federated Learning on Non-IID Data
 * Silos", section IV-B, "noise-based feature imbalance"; the variance grows with the client). Features
 * stored as bytes are rounded to whole bytes again and stay within 0 to 255, as a camera's would.
 *
 * @param variance in units of the features as a model sees them
 */
export function addNoise(samples: Samples, variance: number, stream: RandomStream): Samples {
  const { features, scale } = samples;
  const deviation = Math.sqrt(variance) / scale;
  // A clamped array rounds and clips as it is written.
  const noisy =
    features instanceof Uint8Array
      ? new Uint8ClampedArray(features.length)
      : new Float32Array(features.length);
  for (let i = 0; i < features.length; i++) noisy[i] = (features[i] ?? 0) + deviation * stream.normal();
  return { ...samples, features: noisy instanceof Float32Array ? noisy : new Uint8Array(noisy.buffer) };
}
