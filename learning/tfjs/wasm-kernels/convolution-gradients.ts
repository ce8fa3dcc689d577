import * as tf from '@tensorflow/tfjs-core';
import { fourAxes } from '../layers/image.js';
import { registerComposed } from './kernel.js';

type Geometry = tf.backend_util.Conv2DInfo;
type Side = readonly [before: number, after: number];

/**
 * Gradients of convolutions over [batch, height, width, channels], as other convolutions and products:
 * the backend has only the one by the input of a plain convolution, in plain loops.
 */
export function registerConvolutionGradients(): void {
  registerComposed<tf.Conv2DBackpropInputAttrs>(tf.Conv2DBackpropInput, (input, attributes) => {
    const [dy, kernel] = [input('dy'), input('filter')];
    const geometry = geometryOf(attributes.inputShape, kernel.shape, attributes);
    const exchanged = tf.transpose(tf.reverse(kernel, [0, 1]), [0, 1, 3, 2]);
    return tf.conv2d(spread(dy, geometry), exchanged, 1, 'valid');
  });
  registerComposed<tf.DepthwiseConv2dNativeBackpropInputAttrs>(
    tf.DepthwiseConv2dNativeBackpropInput,
    (input, attributes) => {
      const [dy, kernel] = [input('dy'), input('filter')];
      const geometry = geometryOf(attributes.inputShape, kernel.shape, attributes);
      return tf.depthwiseConv2d(spread(dy, geometry), tf.reverse(kernel, [0, 1]), 1, 'valid');
    },
  );
  registerComposed<tf.Conv2DBackpropFilterAttrs>(tf.Conv2DBackpropFilter, (input, attributes) => {
    const [x, dy] = [input('x'), input('dy')];
    const { filterShape } = attributes;
    const [, , channels, filters] = filterShape;
    const views = tapViews(x, geometryOf(x.shape, filterShape, attributes));
    const seen = tf.concat(
      views.map((view) => tf.reshape(view, [-1, channels])),
      1,
    );
    return tf.reshape(tf.matMul(seen, tf.reshape(dy, [-1, filters]), true, false), filterShape);
  });
  registerComposed<tf.DepthwiseConv2dNativeBackpropFilterAttrs>(
    tf.DepthwiseConv2dNativeBackpropFilter,
    (input, attributes) => {
      const [x, dy] = [input('x'), input('dy')];
      const { filterShape } = attributes;
      const views = tapViews(x, geometryOf(x.shape, filterShape, attributes));
      const sums = views.map((view) => tf.sum(tf.mul(view, dy), [0, 1, 2]));
      return tf.reshape(tf.stack(sums), filterShape);
    },
  );
}

function geometryOf(
  inputShape: [number, number, number, number],
  kernelShape: [number, number, number, number],
  { strides, pad }: Pick<tf.Conv2DBackpropInputAttrs, 'strides' | 'pad'>,
): Geometry {
  return tf.backend_util.computeConv2DInfo(inputShape, kernelShape, strides, 1, pad);
}

/**
 * The gradient by a convolution's output, laid out so that a convolution of it with the turned kernel is
 * the gradient by its input: strides apart, with zeros between and around.
 */
function spread(dy: tf.Tensor4D, { strideHeight, strideWidth, ...geometry }: Geometry): tf.Tensor4D {
  const { filterHeight, filterWidth, inHeight, inWidth, padInfo } = geometry;
  const [batch, rows, columns, channels] = dy.shape;
  const [height, width] = [(rows - 1) * strideHeight + 1, (columns - 1) * strideWidth + 1];
  let apart: tf.Tensor4D = dy;
  if (strideHeight > 1 || strideWidth > 1) {
    const none: [number, number] = [0, 0];
    const cells = tf.pad(tf.reshape(dy, [batch * rows, 1, columns, 1, channels]), [
      none,
      [0, strideHeight - 1],
      none,
      [0, strideWidth - 1],
      none,
    ]);
    const whole = tf.reshape<tf.Rank.R4>(cells, [
      batch,
      rows * strideHeight,
      columns * strideWidth,
      channels,
    ]);
    apart = tf.slice(whole, [0, 0, 0, 0], [batch, height, width, channels]);
  }
  const [top, left] = [filterHeight - 1 - padInfo.top, filterWidth - 1 - padInfo.left];
  const vertical: Side = [top, inHeight + filterHeight - 1 - top - height];
  const horizontal: Side = [left, inWidth + filterWidth - 1 - left - width];
  return padded(apart, vertical, horizontal);
}

/** For every tap of the kernel what it sees of x at all positions: [batch, rows, columns, channels] each. */
function tapViews(x: tf.Tensor4D, geometry: Geometry): tf.Tensor4D[] {
  const { batchSize, inHeight, inWidth, inChannels, outHeight, outWidth, strideHeight, strideWidth } =
    geometry;
  const { filterHeight, filterWidth, padInfo } = geometry;
  const [height, width] = [(outHeight - 1) * strideHeight + 1, (outWidth - 1) * strideWidth + 1];
  const bottom = Math.max(0, height + filterHeight - 1 - padInfo.top - inHeight);
  const right = Math.max(0, width + filterWidth - 1 - padInfo.left - inWidth);
  const image = padded(x, [padInfo.top, bottom], [padInfo.left, right]);
  const views: tf.Tensor4D[] = [];
  for (let i = 0; i < filterHeight; i++) {
    for (let j = 0; j < filterWidth; j++) {
      const begin: [number, number, number, number] = [0, i, j, 0];
      views.push(
        strideHeight === 1 && strideWidth === 1
          ? tf.slice(image, begin, [batchSize, height, width, inChannels])
          : fourAxes(
              tf.stridedSlice(
                image,
                begin,
                [batchSize, i + height, j + width, inChannels],
                [1, strideHeight, strideWidth, 1],
              ),
            ),
      );
    }
  }
  return views;
}

function padded(x: tf.Tensor4D, [top, bottom]: Side, [left, right]: Side): tf.Tensor4D {
  if (top + bottom + left + right === 0) return x;
  return tf.pad(x, [
    [0, 0],
    [top, bottom],
    [left, right],
    [0, 0],
  ]);
}
