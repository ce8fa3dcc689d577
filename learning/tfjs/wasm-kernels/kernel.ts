import * as tf from '@tensorflow/tfjs-core';
import { fourAxes } from '../layers/image.js';

export const backendName = 'wasm';

/**
 * Registers a kernel that is composed of operations; what they make on the way is freed.
 *
 * @param compose its result, given its inputs and its attributes. TensorFlow.js leaves the types of both
 *   open: they are what its own operations pass.
 */
export function registerComposed<Attributes extends object>(
  kernelName: string,
  compose: (input: (name: string) => tf.Tensor4D, attributes: Attributes) => tf.Tensor,
): void {
  tf.registerKernel({
    kernelName,
    backendName,
    kernelFunc: ({ inputs, attrs }) =>
      tf.tidy(() => compose((name) => fourAxes(tensorOf(inputs[name])), attrs as unknown as Attributes)),
  });
}

/** A kernel's input: declared as the description of a tensor, but operations pass tensors. */
export function tensorOf(input: tf.TensorInfo | undefined): tf.Tensor {
  if (input instanceof tf.Tensor) return input;
  throw new RangeError('a kernel lacks an input');
}
