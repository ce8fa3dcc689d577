import * as tf from '@tensorflow/tfjs-core';
import type { Activation, LayerSpec, ModelSpec, Samples } from '#learning';
import { weightLayout } from '#learning';

/**
 * Models in TensorFlow.js operations, layer by layer, differentiated by TensorFlow.js: an
 * implementation that shares nothing with the ONNX engine but the specification.
 */
const functions: Record<Activation, (x: tf.Tensor) => tf.Tensor> = {
  linear: (x) => x,
  relu: (x) => tf.relu(x),
  relu6: (x) => tf.relu6(x),
  tanh: (x) => tf.tanh(x),
  sigmoid: (x) => tf.sigmoid(x),
  'hard-sigmoid': (x) => tf.clipByValue(tf.add(tf.mul(x, 0.2), 0.5), 0, 1),
  gelu: (x) => tf.mul(tf.mul(x, 0.5), tf.add(tf.erf(tf.div(x, Math.SQRT2)), 1)),
  elu: (x) => tf.elu(x),
  selu: (x) => tf.selu(x),
  softplus: (x) => tf.softplus(x),
};

type Weights = (name: string) => tf.Tensor;

interface Pass {
  readonly training: boolean;
  readonly masks: tf.Tensor[];
  /** What moving averages become, by name. */
  readonly moved: Map<string, tf.Tensor>;
}

function forward(layer: LayerSpec, x: tf.Tensor, weight: Weights, prefix: string, pass: Pass): tf.Tensor {
  const w = (name: string) => weight(`${prefix}/${name}`);
  const batch = x.shape[0]!;
  switch (layer.kind) {
    case 'dense':
      return functions[layer.activation](
        tf.add(tf.matMul(tf.reshape(x, [batch, -1]), w('kernel')), w('bias')),
      );
    case 'flatten':
      return tf.reshape(x, [batch, -1]);
    case 'reshape':
      return tf.reshape(x, [batch, ...layer.shape]);
    case 'activation':
      return functions[layer.activation](x);
    case 'conv2d': {
      const y = tf.conv2d(x as tf.Tensor4D, w('kernel') as tf.Tensor4D, layer.strides, layer.padding);
      return functions[layer.activation](layer.useBias === false ? y : tf.add(y, w('bias')));
    }
    case 'depthwise-conv2d': {
      const kernel = w('kernel') as tf.Tensor4D;
      const y = tf.depthwiseConv2d(x as tf.Tensor4D, kernel, layer.strides, layer.padding);
      return functions[layer.activation](layer.useBias === false ? y : tf.add(y, w('bias')));
    }
    case 'max-pool2d':
      return tf.maxPool(x as tf.Tensor4D, layer.size, layer.size, 'valid');
    case 'average-pool2d':
      return tf.avgPool(x as tf.Tensor4D, layer.size, layer.size, 'valid');
    case 'global-average-pool2d':
      return tf.mean(x, [1, 2]);
    case 'batch-norm': {
      const { momentum = 0.99, epsilon = 1e-3 } = layer;
      const axes = [...x.shape.keys()].slice(0, -1);
      const { mean, variance } = pass.training
        ? tf.moments(x, axes)
        : { mean: w('moving_mean'), variance: w('moving_variance') };
      for (const [name, value] of [['moving_mean', mean] as const, ['moving_variance', variance] as const]) {
        const old = w(name);
        pass.moved.set(`${prefix}/${name}`, tf.sub(old, tf.mul(tf.sub(old, value), 1 - momentum)));
      }
      const normal = tf.div(tf.sub(x, mean), tf.sqrt(tf.add(variance, epsilon)));
      return tf.add(tf.mul(normal, w('gamma')), w('beta'));
    }
    case 'dropout':
      return pass.training && layer.rate > 0 ? tf.mul(x, tf.reshape(pass.masks.shift()!, x.shape)) : x;
    case 'residual':
      return tf.add(
        x,
        layer.layers.reduce((y, inner, i) => forward(inner, y, weight, `${prefix}/${i}`, pass), x),
      );
    case 'simple-rnn':
    case 'lstm':
    case 'gru': {
      const { units } = layer;
      const zeros = tf.zeros([batch, units]);
      const [kernel, recurrent, bias] = [w('kernel'), w('recurrent_kernel'), w('bias')];
      let [h, c]: tf.Tensor[] = [zeros, zeros] as tf.Tensor[];
      for (const at of tf.unstack(x, 1)) {
        const input = tf.add(tf.matMul(at as tf.Tensor2D, kernel as tf.Tensor2D), bias);
        if (layer.kind === 'simple-rnn') {
          h = tf.tanh(tf.add(input, tf.matMul(h!, recurrent)));
        } else if (layer.kind === 'lstm') {
          const [i, f, q, o] = tf.split(tf.add(input, tf.matMul(h!, recurrent)), 4, 1);
          c = tf.add(tf.mul(tf.sigmoid(f!), c!), tf.mul(tf.sigmoid(i!), tf.tanh(q!)));
          h = tf.mul(tf.sigmoid(o!), tf.tanh(c));
        } else {
          const [xz, xr, xq] = tf.split(input, 3, 1);
          const [uz, ur, uq] = tf.split(recurrent, 3, 1);
          const z = tf.sigmoid(tf.add(xz!, tf.matMul(h!, uz!)));
          const r = tf.sigmoid(tf.add(xr!, tf.matMul(h!, ur!)));
          const q = tf.tanh(tf.add(xq!, tf.matMul(tf.mul(r, h!), uq!)));
          h = tf.add(tf.mul(z, h!), tf.mul(tf.sub(1, z), q));
        }
      }
      return h!;
    }
  }
}

export interface ReferenceStep {
  readonly loss: number;
  /** Flat, as the weights; for moving averages what they are after the step. */
  readonly gradient: Float32Array;
  readonly outputs: Float32Array;
}

/** Loss, gradient and outputs of one batch, all of the samples. */
export function reference(
  spec: ModelSpec,
  flat: Float32Array,
  samples: Samples,
  { training = true, masks = [] as Float32Array[] } = {},
): ReferenceStep {
  const layout = weightLayout(spec);
  return tf.tidy(() => {
    const variables = new Map(
      layout.tensors.map(({ name, shape, offset, size, trainable }) => [
        name,
        tf.variable(tf.tensor(flat.slice(offset, offset + size), [...shape]), trainable !== false),
      ]),
    );
    const x = tf.mul(
      tf.tensor(samples.features, [samples.count, ...samples.inputShape], 'float32'),
      samples.scale,
    );
    let outputs: tf.Tensor = x;
    const moved = new Map<string, tf.Tensor>();
    const { value, grads } = tf.variableGrads(
      () => {
        const pass: Pass = { training, moved, masks: masks.map((mask) => tf.tensor1d(mask)) };
        outputs = spec.layers.reduce(
          (y, layer, i) => forward(layer, y, (name) => variables.get(name)!, `${i}`, pass),
          x,
        );
        for (const [name, tensor] of moved) moved.set(name, tf.keep(tensor));
        tf.keep(outputs);
        const classes = outputs.shape[1]!;
        const targets = samples.targets
          ? tf.tensor(samples.targets, outputs.shape)
          : tf.oneHot(tf.tensor1d(samples.labels, 'int32'), classes);
        const loss =
          spec.loss === 'mean-squared-error'
            ? tf.mean(tf.square(tf.sub(outputs, targets)))
            : tf.mean(tf.neg(tf.sum(tf.mul(targets, tf.logSoftmax(outputs)), 1)));
        return loss as tf.Scalar;
      },
      [...variables.values()].filter((variable) => variable.trainable),
    );
    const gradient = new Float32Array(layout.parameterCount);
    for (const { name, offset } of layout.tensors) {
      const tensor = moved.get(name) ?? grads[variables.get(name)!.name];
      if (tensor) gradient.set(tensor.dataSync(), offset);
    }
    const result = { loss: value.dataSync()[0]!, gradient, outputs: Float32Array.from(outputs.dataSync()) };
    tf.dispose([...moved.values(), outputs]);
    for (const variable of variables.values()) variable.dispose();
    return result;
  });
}
