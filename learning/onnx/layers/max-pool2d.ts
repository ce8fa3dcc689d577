import type { MaxPool2dLayer } from '../../models/model-spec.js';
import type { Graph, Value } from '../graph.js';
import { mul, reshape, sub } from '../operators.js';
import { Fields } from './fields.js';
import type { LayerContext, LayerPass } from './layer.js';

/** The largest value of each field. (ONNX's own MaxPool with indices is far slower.) */
export function maxPool2d({ graph }: LayerContext, { size }: MaxPool2dLayer, input: Value): LayerPass {
  const fields = new Fields(graph, input.shape, size);
  const places = fields.take(input);
  const largest = largestOf(graph, places);
  return {
    output: reshape(graph, largest, fields.outputShape),
    backward: (gradient) => () =>
      fields.put(shareOut(graph, places, largest, reshape(graph, gradient, largest.shape))),
  };
}

/** The largest value at each place of equal tensors. */
export function largestOf(graph: Graph, places: readonly Value[]): Value {
  const [first] = places;
  if (first === undefined) throw new RangeError('nothing to choose from');
  return places.length === 1 ? first : graph.node('Max', places, first.shape);
}

/**
 * A gradient by the largest values, given back to where they came from, and among equals to the first,
 * in reading order as in TensorFlow.js.
 */
export function shareOut(
  graph: Graph,
  places: readonly Value[],
  largest: Value,
  gradient: Value,
): readonly Value[] {
  let left = gradient;
  const shares = places.slice(0, -1).map((place) => {
    const share = mul(graph, left, isLargest(graph, place, largest));
    left = sub(graph, left, share);
    return share;
  });
  return [...shares, left];
}

/** 1 where a place has the largest value, else 0: a steep hard sigmoid of their difference, 0 or less. */
function isLargest(graph: Graph, place: Value, largest: Value): Value {
  const difference = sub(graph, place, largest);
  return graph.node('HardSigmoid', [difference], place.shape, { alpha: { float: 3e38 }, beta: { float: 1 } });
}
