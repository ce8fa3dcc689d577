import type { Samples } from '../datasets/samples.js';
import type { FeatureType } from './model-builder.js';

/** What a graph takes the features of these samples as. */
export function featureTypeOf({ features }: Samples): FeatureType {
  return features instanceof Uint8Array ? 'uint8' : 'float32';
}

export function featureBuffer(type: FeatureType, length: number): Uint8Array | Float32Array {
  return type === 'uint8' ? new Uint8Array(length) : new Float32Array(length);
}
