import type { Conv2dLayer } from '../../models/model-spec.js';
import type { Value } from '../graph.js';
import { concat, reshape } from '../operators.js';
import { conv2dInference, forwardOnly } from './conv2d-inference.js';
import { Convolution } from './convolution.js';
import type { LayerContext, LayerPass } from './layer.js';
import { largestOf, shareOut } from './max-pool2d.js';
import type { Grid } from './taps.js';

/**
 * A convolution without activation and the max-pooling behind it, of fields of `size` x `size`: computed
 * place by place of the fields, so that outputs need not be put together and taken apart again.
 */
export function pooledConv2d(
  context: LayerContext,
  layer: Conv2dLayer,
  size: number,
  input: Value,
): LayerPass {
  if (!context.training) return forwardOnly(conv2dInference(context, layer, input, size));
  const { graph, batch } = context;
  const convolution = new Convolution(context, layer, input);
  const { grid: all, filters } = convolution;
  const [rows, columns] = [Math.floor(all.rows / size), Math.floor(all.columns / size)];
  const fields = rows * columns;
  const places = Array.from({ length: size ** 2 }, (_, place) => {
    const grid: Grid = { row: Math.floor(place / size), column: place % size, step: size, rows, columns };
    const windows = convolution.windows(grid);
    return { windows, y: convolution.forward(windows) };
  });
  const largest = largestOf(
    graph,
    places.map(({ y }) => y),
  );
  /** Where an output is among the places, one behind the other. */
  const indexOf = (position: number): number | undefined => {
    const [y, x] = [Math.floor(position / all.columns), position % all.columns];
    if (y >= rows * size || x >= columns * size) return undefined;
    const place = (y % size) * size + (x % size);
    return place * fields + Math.floor(y / size) * columns + Math.floor(x / size);
  };
  return {
    output: reshape(graph, largest, [batch, rows, columns, filters]),
    backward(gradient) {
      const shares = shareOut(
        graph,
        places.map(({ y }) => y),
        largest,
        reshape(graph, gradient, largest.shape),
      );
      convolution.backward(places.map(({ windows }, i) => ({ windows, d: shares[i] ?? largest })));
      return () => {
        const images = shares.map((share) => reshape(graph, share, [batch, fields, filters]));
        return convolution.before(concat(graph, images, 1), indexOf);
      };
    },
  };
}
