import type { DenseLayer } from '../../models/model-spec.js';
import { activations } from '../activations/activation.js';
import type { Value } from '../graph.js';
import { columnSums, gemm, product, reshape, sizeOf } from '../operators.js';
import type { LayerContext, LayerPass } from './layer.js';
import { isNarrow, narrowDense } from './narrow-dense.js';

/**
 * y = f(x W + b). With d the gradient before f: dW = x^T d, db = sum of d over the batch, dx = d W^T.
 * An input of more axes is flattened.
 */
export function dense(context: LayerContext, layer: DenseLayer, input: Value): LayerPass {
  const { graph, batch } = context;
  const activation = activations[layer.activation];
  const inputs = sizeOf(input.shape) / batch;
  const rows = reshape(graph, input, [batch, inputs]);
  if (isNarrow(context, layer, inputs)) return narrowDense(context, layer, rows, input.shape);
  const kernel = context.weight('kernel', [inputs, layer.units]);
  const x = gemm(graph, rows, kernel, { plus: context.weight('bias', [1, layer.units]) });
  const output = activation.forward(graph, x);
  return {
    output,
    backward(gradient) {
      const d = activation.backward(graph, { x, y: output }, gradient);
      context.gradient('kernel', product(rows, d, { transposeA: true }));
      context.gradient('bias', columnSums(graph, d));
      return () => reshape(graph, gemm(graph, d, kernel, { transposeB: true }), input.shape);
    },
  };
}
