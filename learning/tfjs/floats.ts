import type { Tensor } from '@tensorflow/tfjs-core';

/** The numbers of a float32 tensor. */
export function floats(tensor: Tensor): Float32Array {
  const data = tensor.dataSync();
  if (!(data instanceof Float32Array)) throw new TypeError(`a tensor of ${tensor.dtype}`);
  return data;
}
