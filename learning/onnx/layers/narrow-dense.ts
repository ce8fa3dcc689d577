import type { DenseLayer } from '../../models/model-spec.js';
import { activations } from '../activations/activation.js';
import type { Value } from '../graph.js';
import { gemm, product, reshape, transpose } from '../operators.js';
import type { LayerContext, LayerPass } from './layer.js';

/** Whether a layer of few units reads many inputs, and is trained: as logistic regression of images. */
export function isNarrow({ training }: LayerContext, { units }: DenseLayer, inputs: number): boolean {
  return training && inputs >= 256 && units <= 32;
}

/**
 * A dense layer with its kernel held transposed: ONNX Runtime multiplies fastest where the result has long
 * rows, and so few units are rows of the products here, not columns.
 * @param rows the input [batch, inputs]
 * @param shape the input's own, for its gradient
 */
export function narrowDense(
  context: LayerContext,
  { units, activation: name }: DenseLayer,
  rows: Value,
  shape: readonly number[],
): LayerPass {
  const { graph, batch } = context;
  const activation = activations[name];
  const [, inputs = 0] = rows.shape;
  const kernel = context.turnedWeight('kernel', [units, inputs]);
  const plus = context.weight('bias', [units, 1]);
  const x = transpose(graph, gemm(graph, kernel, rows, { transposeB: true, plus }), [1, 0]);
  const output = activation.forward(graph, x);
  return {
    output,
    backward(gradient) {
      const d = activation.backward(graph, { x, y: output }, gradient);
      const ones = graph.constant(new Float32Array(batch).fill(1), [batch, 1]);
      context.gradient('kernel', product(d, rows, { transposeA: true }));
      context.gradient('bias', product(d, ones, { transposeA: true }));
      return () => reshape(graph, gemm(graph, d, kernel), shape);
    },
  };
}
