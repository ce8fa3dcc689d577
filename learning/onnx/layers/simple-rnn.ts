import type { SimpleRnnLayer } from '../../models/model-spec.js';
import type { Value } from '../graph.js';
import { complement, gemm, mul, split } from '../operators.js';
import type { LayerContext, LayerPass } from './layer.js';
import { Sequence, stack } from './sequence.js';

/** h = tanh(x W + h' U + b) with h' the one before; its gradient before tanh is dz = dh (1 - h^2). */
export function simpleRnn(context: LayerContext, { units }: SimpleRnnLayer, input: Value): LayerPass {
  const { graph } = context;
  const sequence = new Sequence(context, input, units, units);
  const entered: Value[] = [];
  const states: Value[] = [];
  let hidden = sequence.zeros();
  for (const line of sequence.inputs) {
    const entering = sequence.enter(hidden, line);
    const z = gemm(graph, sequence.weights, entering);
    hidden = graph.node('Tanh', [z], z.shape);
    entered.push(entering);
    states.push(hidden);
  }
  return {
    output: sequence.turn(hidden),
    backward(gradient) {
      const all = stack(graph, states);
      const slopes = split(graph, complement(graph, mul(graph, all, all)), sequence.times, 0);
      const gates: Value[] = [];
      let dh = sequence.turn(gradient);
      for (const slope of [...slopes].reverse()) {
        if (gates[0] !== undefined) dh = gemm(graph, sequence.recurrent, gates[0]);
        gates.unshift(mul(graph, dh, slope));
      }
      return sequence.learn(sequence.ofWeights(entered, gates), () => gates);
    },
  };
}
