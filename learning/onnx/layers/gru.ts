import type { GruLayer } from '../../models/model-spec.js';
import type { Value } from '../graph.js';
import { add, columns, complement, concat, gemm, mul, split, sub } from '../operators.js';
import type { LayerContext, LayerPass } from './layer.js';
import { Sequence } from './sequence.js';

/**
 * z = s(x W_z + h' U_z + b_z), r = s(x W_r + h' U_r + b_r), q = tanh(x W_h + (r h') U_h + b_h) and h =
 * z h' + (1 - z) q, where h' is the state before and s the sigmoid: TensorFlow.js's order of gates, and
 * its reset gate before the product.
 *
 * What the way back multiplies by is computed on the way forward. With a the gradient of r h', and all
 * others before the gates' functions: dq = dh (1 - z) (1 - q^2), dz = dh z (1 - z) (h' - q), and dr =
 * a r (h' - r h').
 */
export function gru(context: LayerContext, { units }: GruLayer, input: Value): LayerPass {
  const { graph } = context;
  const sequence = new Sequence(context, input, units, 3 * units);
  const { recurrent, weights } = sequence;
  const [intoUpdate = weights, intoReset = weights, intoCandidate = weights] = split(graph, weights, 3, 0);
  const forward = sequence.forward(['hidden'], (body, before, line) => {
    const gate = (operator: 'Sigmoid' | 'Tanh', weights: Value, entered: Value) => {
      const z = gemm(body, weights, entered);
      return body.node(operator, [z], z.shape);
    };
    const entered = concat(body, [before.hidden, line], 0);
    const update = gate('Sigmoid', intoUpdate, entered);
    const reset = gate('Sigmoid', intoReset, entered);
    const retained = mul(body, reset, before.hidden);
    const candidateEntered = concat(body, [retained, line], 0);
    const candidate = gate('Tanh', intoCandidate, candidateEntered);
    const difference = sub(body, before.hidden, candidate);
    const moved = mul(body, update, difference);
    const slope = complement(body, mul(body, candidate, candidate));
    return {
      states: { hidden: add(body, candidate, moved) },
      kept: {
        entered,
        candidateEntered,
        update,
        reset,
        ofUpdate: sub(body, difference, moved),
        ofReset: sub(body, before.hidden, retained),
        ofCandidate: mul(body, complement(body, update), slope),
      },
    };
  });
  return {
    output: forward.output,
    backward(gradient) {
      const gateKernel = columns(graph, recurrent, 0, 2 * units);
      const candidateKernel = columns(graph, recurrent, 2 * units, 3 * units);
      return sequence.backward(gradient, forward, [2 * units, units], (body, { hidden: dh }, kept) => {
        const dCandidate = mul(body, dh, kept.ofCandidate);
        const throughUpdate = mul(body, dh, kept.update);
        const throughReset = mul(body, gemm(body, candidateKernel, dCandidate), kept.reset);
        const dz = [mul(body, throughUpdate, kept.ofUpdate), mul(body, throughReset, kept.ofReset)];
        const dGates = concat(body, dz, 0);
        const direct = add(body, throughUpdate, throughReset);
        return {
          states: { hidden: gemm(body, gateKernel, dGates, { plus: direct }) },
          gates: [
            { entered: kept.entered, gradient: dGates },
            { entered: kept.candidateEntered, gradient: dCandidate },
          ],
        };
      });
    },
  };
}
