import type { LayerWeights } from './weight-layout.js';
import { imageShape } from './window.js';

/** Fields that do not overlap; what is left at the far edges is dropped. */
export function poolingShape(size: number, inputShape: readonly number[]): LayerWeights {
  const [height, width, channels] = imageShape(inputShape, 'pooling');
  if (height < size || width < size)
    throw new RangeError(`[${inputShape}] is smaller than a field of ${size}`);
  return { tensors: [], outputShape: [Math.floor(height / size), Math.floor(width / size), channels] };
}

export function globalPoolingShape(inputShape: readonly number[]): LayerWeights {
  const [, , channels] = imageShape(inputShape, 'pooling');
  return { tensors: [], outputShape: [channels] };
}
