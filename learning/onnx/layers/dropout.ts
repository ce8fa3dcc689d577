import type { DropoutLayer } from '../../models/model-spec.js';
import type { Value } from '../graph.js';
import { mul } from '../operators.js';
import type { LayerContext, LayerPass } from './layer.js';

/** Inverted dropout (Srivastava et al. 2014): in training x times a mask, else x. */
export function dropout(context: LayerContext, { rate }: DropoutLayer, input: Value): LayerPass {
  if (!context.training || rate === 0) {
    return { output: input, backward: (gradient) => () => gradient };
  }
  const { graph } = context;
  const mask = context.mask(input.shape, rate);
  return {
    output: mul(graph, input, mask),
    backward: (gradient) => () => mul(graph, gradient, mask),
  };
}
