import type { ResidualLayer } from '../../models/model-spec.js';
import type { Value } from '../graph.js';
import { add } from '../operators.js';
import type { LayerContext, LayerPass } from './layer.js';
import { buildLayers } from './layer.js';

/** y = x + f(x); its gradient goes both ways. */
export function residual(context: LayerContext, { layers }: ResidualLayer, input: Value): LayerPass {
  const { graph } = context;
  const inner = buildLayers(
    (i) => ({
      ...context,
      weight: (name, shape) => context.weight(`${i}/${name}`, shape),
      turnedWeight: (name, shape) => context.turnedWeight(`${i}/${name}`, shape),
      gradient: (name, gradient) => context.gradient(`${i}/${name}`, gradient),
    }),
    layers,
    input,
  );
  return {
    output: add(graph, input, inner.output),
    backward(gradient) {
      const before = inner.backward(gradient);
      return () => add(graph, gradient, before());
    },
  };
}
