import type { Conv2dLayer } from '../../models/model-spec.js';
import { activations } from '../activations/activation.js';
import type { Value } from '../graph.js';
import { reshape } from '../operators.js';
import { conv2dInference, forwardOnly } from './conv2d-inference.js';
import { Convolution } from './convolution.js';
import type { LayerContext, LayerPass } from './layer.js';

/** y = f(convolution of x). */
export function conv2d(context: LayerContext, layer: Conv2dLayer, input: Value): LayerPass {
  const { graph, batch } = context;
  if (!context.training) {
    return forwardOnly(activations[layer.activation].forward(graph, conv2dInference(context, layer, input)));
  }
  const convolution = new Convolution(context, layer, input);
  const { grid, filters } = convolution;
  const activation = activations[layer.activation];
  const windows = convolution.windows(grid);
  const x = convolution.forward(windows);
  const y = activation.forward(graph, x);
  return {
    output: reshape(graph, y, [batch, grid.rows, grid.columns, filters]),
    backward(gradient) {
      const d = activation.backward(graph, { x, y }, reshape(graph, gradient, x.shape));
      convolution.backward([{ windows, d }]);
      return () =>
        convolution.before(
          reshape(graph, d, [batch, grid.rows * grid.columns, filters]),
          (position) => position,
        );
    },
  };
}
