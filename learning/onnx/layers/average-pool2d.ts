import type { AveragePool2dLayer } from '../../models/model-spec.js';
import type { Value } from '../graph.js';
import { add, reduceMean, reshape, scale } from '../operators.js';
import { Fields } from './fields.js';
import type { LayerContext, LayerPass } from './layer.js';

/** The mean of each field; its gradient is shared equally. */
export function averagePool2d(
  { graph }: LayerContext,
  { size }: AveragePool2dLayer,
  input: Value,
): LayerPass {
  const fields = new Fields(graph, input.shape, size);
  const places = fields.take(input);
  const [first = input] = places;
  const share = 1 / size ** 2;
  const sum = places.reduce((total, place) => add(graph, total, place));
  return {
    output: reshape(graph, scale(graph, sum, share), fields.outputShape),
    backward: (gradient) => () => {
      const each = scale(graph, reshape(graph, gradient, first.shape), share);
      return fields.put(places.map(() => each));
    },
  };
}

/** The mean of each channel over the whole image. */
export function globalAveragePool2d({ graph, batch }: LayerContext, input: Value): LayerPass {
  const [, height = 1, width = 1, channels = 1] = input.shape;
  const flat = reshape(graph, input, [batch, height * width, channels]);
  return {
    output: reduceMean(graph, flat, [1]),
    backward: (gradient) => () => {
      const each = reshape(graph, scale(graph, gradient, 1 / (height * width)), [batch, 1, channels]);
      const shape = graph.integers([batch, height * width, channels]);
      return reshape(
        graph,
        graph.node('Expand', [each, shape], [batch, height * width, channels]),
        input.shape,
      );
    },
  };
}
