import type { SimpleRnnLayer } from '../../models/model-spec.js';
import type { Value } from '../graph.js';
import { complement, gemm, mul, product, split } from '../operators.js';
import type { LayerContext, LayerPass } from './layer.js';
import { Sequence, stack } from './sequence.js';

/** h = tanh(x W + h' U + b) with h' the one before; its gradient before tanh is dz = dh (1 - h^2). */
export function simpleRnn(context: LayerContext, { units }: SimpleRnnLayer, input: Value): LayerPass {
  const { graph } = context;
  const sequence = new Sequence(context, input, units, units);
  const { recurrent } = sequence;
  const hidden = [sequence.zeros(units)];
  for (const plus of sequence.inputs) {
    const z = gemm(graph, hidden.at(-1) ?? plus, recurrent, { plus });
    hidden.push(graph.node('Tanh', [z], z.shape));
  }
  return {
    output: hidden.at(-1) ?? input,
    backward(gradient) {
      const all = stack(graph, hidden.slice(1));
      const slopes = split(graph, complement(graph, mul(graph, all, all)), sequence.times, 0);
      const gates: Value[] = [];
      let dh = gradient;
      for (const slope of [...slopes].reverse()) {
        if (gates[0] !== undefined) dh = gemm(graph, gates[0], recurrent, { transposeB: true });
        gates.unshift(mul(graph, dh, slope));
      }
      const dz = stack(graph, gates);
      const before = stack(graph, hidden.slice(0, -1));
      context.gradient('recurrent_kernel', product(before, dz, { transposeA: true }));
      return sequence.backward(dz);
    },
  };
}
