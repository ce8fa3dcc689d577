import type { Activation, LayerSpec, ModelSpec, Samples } from '#learning';
import type { RandomStream } from '#protocol';

/**
 * Models in plain float64 loops, forward only: written for reading, by the papers' formulas, and shared
 * with no engine. Central differences of it are what gradients should be.
 */

type Convolution = Extract<LayerSpec, { kind: 'conv2d' | 'depthwise-conv2d' }>;

/** A batch: one array a sample, all of one shape. */
interface Batch {
  readonly shape: readonly number[];
  readonly rows: readonly Float64Array[];
}

interface Pass {
  readonly training: boolean;
  /** One of the model's weights by its name. */
  weight(name: string): Float64Array;
  /** What dropout masks are drawn from; evaluation has none. */
  readonly dropout: RandomStream | undefined;
  /** What the weights that are not trained become, by name. */
  readonly renewed: Map<string, Float64Array>;
}

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

/** Abramowitz & Stegun 7.1.5: a power series, exact in float64 for the |x| < 4 of tests. */
function erf(x: number): number {
  let [term, sum] = [x, x];
  for (let n = 1; n < 200; n++) {
    term *= (-x * x) / n;
    sum += term / (2 * n + 1);
  }
  return (2 / Math.sqrt(Math.PI)) * sum;
}

const functions: Record<Activation, (x: number) => number> = {
  linear: (x) => x,
  relu: (x) => Math.max(0, x),
  relu6: (x) => Math.min(6, Math.max(0, x)),
  tanh: Math.tanh,
  sigmoid,
  'hard-sigmoid': (x) => Math.min(1, Math.max(0, 0.2 * x + 0.5)),
  gelu: (x) => (x / 2) * (1 + erf(x / Math.SQRT2)),
  elu: (x) => (x > 0 ? x : Math.expm1(x)),
  selu: (x) => 1.0507009873554805 * (x > 0 ? x : 1.6732632423543772 * Math.expm1(x)),
  softplus: (x) => Math.log1p(Math.exp(x)),
};

const sizeOf = (shape: readonly number[]): number => shape.reduce((product, side) => product * side, 1);
const map = ({ shape, rows }: Batch, f: (x: number, i: number) => number): Batch => ({
  shape,
  rows: rows.map((row) => row.map(f)),
});
const eachRow = (
  shape: readonly number[],
  { rows }: Batch,
  f: (x: Float64Array, n: number) => Float64Array,
) => ({
  shape,
  rows: rows.map(f),
});

/** x W + b of one row; W is [inputs, columns], row-major. */
function affine(x: Float64Array, w: Float64Array, b?: Float64Array): Float64Array {
  const columns = w.length / x.length;
  const y = b?.slice() ?? new Float64Array(columns);
  for (let i = 0; i < x.length; i++) {
    for (let j = 0; j < columns; j++) y[j]! += x[i]! * w[i * columns + j]!;
  }
  return y;
}

/** Mean over all samples of what a function makes of a channel's values. */
function channelMeans({ shape, rows }: Batch, f: (value: number, channel: number) => number): Float64Array {
  const channels = shape.at(-1)!;
  const sums = new Float64Array(channels);
  for (const row of rows)
    for (let i = 0; i < row.length; i++) sums[i % channels]! += f(row[i]!, i % channels);
  return sums.map((sum) => (sum * channels) / (rows.length * sizeOf(shape)));
}

/** Every window of an image: calls back with the indices of an output position and of what a tap sees there. */
function slide(
  [height, width]: readonly number[],
  { kernelSize, strides, padding }: Convolution,
  visit: (output: number, tap: number, input: number) => void,
): [number, number] {
  const side = (length: number) =>
    padding === 'same' ? Math.ceil(length / strides) : Math.floor((length - kernelSize) / strides) + 1;
  const before = (length: number) =>
    padding === 'same' ? Math.floor(Math.max(0, (side(length) - 1) * strides + kernelSize - length) / 2) : 0;
  const [rows, columns] = [side(height!), side(width!)];
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      for (let tap = 0; tap < kernelSize ** 2; tap++) {
        const y = row * strides + Math.floor(tap / kernelSize) - before(height!);
        const x = column * strides + (tap % kernelSize) - before(width!);
        if (y < 0 || y >= height! || x < 0 || x >= width!) continue;
        visit(row * columns + column, tap, y * width! + x);
      }
    }
  }
  return [rows, columns];
}

function convolve(layer: Convolution, x: Batch, pass: Pass): Batch {
  const [, , channels] = x.shape as [number, number, number];
  const kernel = pass.weight('kernel');
  const bias = layer.useBias === false ? undefined : pass.weight('bias');
  const filters = layer.kind === 'conv2d' ? layer.filters : channels;
  const [height, width] = slide(x.shape, layer, () => {});
  const y = eachRow([height, width, filters], x, (image) => {
    const output = Float64Array.from(
      { length: height * width * filters },
      (_, i) => bias?.[i % filters] ?? 0,
    );
    slide(x.shape, layer, (position, tap, seen) => {
      for (let f = 0; f < filters; f++) {
        if (layer.kind === 'depthwise-conv2d') {
          output[position * filters + f]! += image[seen * channels + f]! * kernel[tap * channels + f]!;
          continue;
        }
        for (let c = 0; c < channels; c++) {
          output[position * filters + f]! +=
            image[seen * channels + c]! * kernel[(tap * channels + c) * filters + f]!;
        }
      }
    });
    return output;
  });
  return map(y, functions[layer.activation]);
}

/** Fields that do not overlap, each made one number a channel. */
function pool(size: number, x: Batch, reduce: (values: number[]) => number): Batch {
  const [height, width, channels] = x.shape as [number, number, number];
  const [rows, columns] = [Math.floor(height / size), Math.floor(width / size)];
  return eachRow([rows, columns, channels], x, (image) =>
    Float64Array.from({ length: rows * columns * channels }, (_, i) => {
      const [c, column, row] = [
        i % channels,
        Math.floor(i / channels) % columns,
        Math.floor(i / channels / columns),
      ];
      return reduce(
        Array.from({ length: size ** 2 }, (_, k) => {
          const [y, at] = [row * size + Math.floor(k / size), column * size + (k % size)];
          return image[(y * width + at) * channels + c]!;
        }),
      );
    }),
  );
}

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

function batchNorm(layer: Extract<LayerSpec, { kind: 'batch-norm' }>, x: Batch, pass: Pass): Batch {
  const { momentum = 0.99, epsilon = 1e-3 } = layer;
  const channels = x.shape.at(-1)!;
  const [gamma, beta] = [pass.weight('gamma'), pass.weight('beta')];
  const old = { mean: pass.weight('moving_mean'), variance: pass.weight('moving_variance') };
  let [centre, spread] = [old.mean, old.variance];
  if (pass.training) {
    const centres = channelMeans(x, (value) => value);
    centre = centres;
    spread = channelMeans(x, (value, c) => (value - centres[c]!) ** 2);
    const move = (from: Float64Array, to: Float64Array) =>
      from.map((value, c) => momentum * value + (1 - momentum) * to[c]!);
    pass.renewed.set('moving_mean', move(old.mean, centre));
    pass.renewed.set('moving_variance', move(old.variance, spread));
  }
  return map(x, (value, i) => {
    const c = i % channels;
    return (gamma[c]! * (value - centre[c]!)) / Math.sqrt(spread[c]! + epsilon) + beta[c]!;
  });
}

type Recurrent = Extract<LayerSpec, { kind: 'simple-rnn' | 'lstm' | 'gru' }>;

function recur({ kind, units }: Recurrent, x: Batch, pass: Pass): Batch {
  const [times, features] = x.shape as [number, number];
  const [w, u, b] = [pass.weight('kernel'), pass.weight('recurrent_kernel'), pass.weight('bias')];
  return eachRow([units], x, (sequence) => {
    let [h, c] = [new Float64Array(units), new Float64Array(units)];
    for (let t = 0; t < times; t++) {
      const input = affine(sequence.slice(t * features, (t + 1) * features), w, b);
      const recurrent = affine(h, u);
      const z = (gate: number, j: number) => input[gate * units + j]! + recurrent[gate * units + j]!;
      if (kind === 'simple-rnn') {
        h = h.map((_, j) => Math.tanh(z(0, j)));
      } else if (kind === 'lstm') {
        c = c.map((cell, j) => sigmoid(z(1, j)) * cell + sigmoid(z(0, j)) * Math.tanh(z(2, j)));
        h = h.map((_, j) => sigmoid(z(3, j)) * Math.tanh(c[j]!));
      } else {
        const reset = affine(
          h.map((value, j) => sigmoid(z(1, j)) * value),
          u,
        );
        h = h.map((value, j) => {
          const update = sigmoid(z(0, j));
          return update * value + (1 - update) * Math.tanh(input[2 * units + j]! + reset[2 * units + j]!);
        });
      }
    }
    return h;
  });
}

function applyLayer(layer: LayerSpec, x: Batch, pass: Pass): Batch {
  switch (layer.kind) {
    case 'dense': {
      const y = eachRow([layer.units], x, (row) => affine(row, pass.weight('kernel'), pass.weight('bias')));
      return map(y, functions[layer.activation]);
    }
    case 'flatten':
      return { ...x, shape: [sizeOf(x.shape)] };
    case 'reshape':
      return { ...x, shape: layer.shape };
    case 'activation':
      return map(x, functions[layer.activation]);
    case 'conv2d':
    case 'depthwise-conv2d':
      return convolve(layer, x, pass);
    case 'max-pool2d':
      return pool(layer.size, x, (values) => Math.max(...values));
    case 'average-pool2d':
      return pool(layer.size, x, mean);
    case 'global-average-pool2d': {
      const { shape } = x;
      return eachRow([shape.at(-1)!], x, (row) => channelMeans({ shape, rows: [row] }, (value) => value));
    }
    case 'batch-norm':
      return batchNorm(layer, x, pass);
    case 'dropout': {
      const { rate } = layer;
      if (!pass.training || rate === 0) return x;
      return map(x, (value) => (pass.dropout!.float() < rate ? 0 : value / (1 - rate)));
    }
    case 'simple-rnn':
    case 'lstm':
    case 'gru':
      return recur(layer, x, pass);
    case 'residual': {
      const y = applyLayers(layer.layers, x, pass);
      return eachRow(x.shape, x, (row, n) => row.map((value, i) => value + y.rows[n]![i]!));
    }
  }
}

function applyLayers(layers: readonly LayerSpec[], input: Batch, pass: Pass): Batch {
  return layers.reduce((x, layer, index) => {
    const renewed = new Map<string, Float64Array>();
    const y = applyLayer(layer, x, { ...pass, renewed, weight: (name) => pass.weight(`${index}/${name}`) });
    for (const [name, value] of renewed) pass.renewed.set(`${index}/${name}`, value);
    return y;
  }, input);
}

interface Run {
  readonly loss: number;
  readonly outputs: readonly Float64Array[];
  readonly renewed: ReadonlyMap<string, Float64Array>;
}

/** Loss and outputs of one batch, all of the samples. */
export function runInFloat64(
  { layers, loss }: ModelSpec,
  weight: (name: string) => Float64Array,
  samples: Samples,
  { training = true, dropout }: { training?: boolean; dropout?: RandomStream } = {},
): Run {
  const { count, inputShape, features, scale, labels, targets } = samples;
  const size = sizeOf(inputShape);
  const rows = Array.from({ length: count }, (_, n) =>
    Float64Array.from(features.subarray(n * size, (n + 1) * size), (byte) => byte * scale),
  );
  const renewed = new Map<string, Float64Array>();
  const pass = { weight, training, dropout, renewed };
  const { rows: outputs } = applyLayers(layers, { shape: inputShape, rows }, pass);
  const losses = outputs.map((row, n) => {
    if (loss === 'mean-squared-error')
      return mean([...row.map((y, i) => (y - targets![n * row.length + i]!) ** 2)]);
    const largest = Math.max(...row);
    return Math.log(row.reduce((sum, z) => sum + Math.exp(z - largest), 0)) + largest - row[labels[n]!]!;
  });
  return { loss: mean(losses), outputs, renewed };
}
