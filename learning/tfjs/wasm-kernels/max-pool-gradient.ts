import * as tf from '@tensorflow/tfjs-core';
import { floats } from '../floats.js';
import { backendName, registerComposed } from './kernel.js';

/**
 * The gradient of a max-pooling: to where the largest value of each field came from, and among equals to
 * the first in reading order. The backend's own (4.22) takes the last, unlike every other engine, and
 * leaves positions that no field sees unset.
 */
export function registerMaxPoolGradient(): void {
  tf.unregisterKernel(tf.MaxPoolGrad, backendName);
  registerComposed<tf.MaxPoolGradAttrs>(tf.MaxPoolGrad, (input, { filterSize, strides, pad }) => {
    const { shape } = input('input');
    const geometry = tf.backend_util.computePool2DInfo(shape, filterSize, strides, 1, pad);
    const places = largestOfFields(floats(input('input')), geometry);
    const result = new Float32Array(tf.util.sizeFromShape(shape));
    for (const [i, gradient] of floats(input('dy')).entries()) {
      const place = places[i] ?? 0;
      result[place] = (result[place] ?? 0) + gradient;
    }
    return tf.tensor(result, shape);
  });
}

/** For every output the index of the input that it came from. */
function largestOfFields(values: Float32Array, geometry: tf.backend_util.Conv2DInfo): Uint32Array {
  const { batchSize, inHeight, inWidth, inChannels, outHeight, outWidth } = geometry;
  const places = new Uint32Array(batchSize * outHeight * outWidth * inChannels);
  let at = 0;
  for (let image = 0; image < batchSize; image++) {
    for (let row = 0; row < outHeight; row++) {
      const top = row * geometry.strideHeight - geometry.padInfo.top;
      for (let column = 0; column < outWidth; column++) {
        const left = column * geometry.strideWidth - geometry.padInfo.left;
        for (let channel = 0; channel < inChannels; channel++) {
          let highest = Number.NEGATIVE_INFINITY;
          for (let y = Math.max(0, top); y < Math.min(inHeight, top + geometry.filterHeight); y++) {
            for (let x = Math.max(0, left); x < Math.min(inWidth, left + geometry.filterWidth); x++) {
              const index = ((image * inHeight + y) * inWidth + x) * inChannels + channel;
              const value = values[index] ?? 0;
              if (value <= highest) continue;
              highest = value;
              places[at] = index;
            }
          }
          at++;
        }
      }
    }
  }
  return places;
}
