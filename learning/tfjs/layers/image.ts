import type { Tensor, Tensor4D } from '@tensorflow/tfjs-core';

/**
 * A tensor of four axes, such as images [batch, height, width, channels] and their kernels.
 * @throws RangeError for other tensors
 */
export function fourAxes(x: Tensor): Tensor4D {
  if (hasFourAxes(x)) return x;
  throw new RangeError(`a tensor of [${x.shape}] has not four axes`);
}

function hasFourAxes(x: Tensor): x is Tensor4D {
  return x.rank === 4;
}
