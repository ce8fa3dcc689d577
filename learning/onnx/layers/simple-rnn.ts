import type { SimpleRnnLayer } from '../../models/model-spec.js';
import type { Value } from '../graph.js';
import { complement, concat, gemm, mul } from '../operators.js';
import type { LayerContext, LayerPass } from './layer.js';
import { Sequence } from './sequence.js';

/** h = tanh(x W + h' U + b) with h' the one before; its gradient before tanh is dz = dh (1 - h^2). */
export function simpleRnn(context: LayerContext, { units }: SimpleRnnLayer, input: Value): LayerPass {
  const sequence = new Sequence(context, input, units, units);
  const { recurrent, weights } = sequence;
  const forward = sequence.forward(['hidden'], (body, before, line) => {
    const entered = concat(body, [before.hidden, line], 0);
    const z = gemm(body, weights, entered);
    const hidden = body.node('Tanh', [z], z.shape);
    return { states: { hidden }, kept: { entered, slope: complement(body, mul(body, hidden, hidden)) } };
  });
  return {
    output: forward.output,
    backward: (gradient) =>
      sequence.backward(gradient, forward, [units], (body, behind, { entered, slope }) => {
        const dz = mul(body, behind.hidden, slope);
        return { states: { hidden: gemm(body, recurrent, dz) }, gates: [{ entered, gradient: dz }] };
      }),
  };
}
