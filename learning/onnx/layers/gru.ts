import type { GruLayer } from '../../models/model-spec.js';
import type { Value } from '../graph.js';
import { add, columns, complement, concat, gemm, mul, split, splitInto, sub } from '../operators.js';
import type { LayerContext, LayerPass } from './layer.js';
import { Sequence, stack } from './sequence.js';

/** What the backward pass needs of one time. */
interface Moment {
  /** The hidden state before. */
  readonly hidden: Value;
  readonly update: Value;
  readonly reset: Value;
  readonly candidate: Value;
  /** What entered the gates, and the candidate. */
  readonly entered: readonly [Value, Value];
}

/**
 * z = s(x W_z + h' U_z + b_z), r = s(x W_r + h' U_r + b_r), q = tanh(x W_h + (r h') U_h + b_h) and h =
 * z h' + (1 - z) q, where h' is the state before and s the sigmoid: TensorFlow.js's order of gates, and
 * its reset gate before the product.
 */
export function gru(context: LayerContext, { units }: GruLayer, input: Value): LayerPass {
  const { graph } = context;
  const sequence = new Sequence(context, input, units, 3 * units);
  const { times, recurrent, weights } = sequence;
  const [ofGates = weights, ofCandidate = weights] = splitInto(graph, weights, [2 * units, units]);
  const moments: Moment[] = [];
  let hidden = sequence.zeros();
  for (const line of sequence.inputs) {
    const intoGates = sequence.enter(hidden, line);
    const gates = gemm(graph, ofGates, intoGates);
    const [update = gates, reset = gates] = split(graph, graph.node('Sigmoid', [gates], gates.shape), 2, 0);
    const intoCandidate = sequence.enter(mul(graph, reset, hidden), line);
    const z = gemm(graph, ofCandidate, intoCandidate);
    const candidate = graph.node('Tanh', [z], z.shape);
    moments.push({ hidden, update, reset, candidate, entered: [intoGates, intoCandidate] });
    hidden = add(graph, candidate, mul(graph, update, sub(graph, hidden, candidate)));
  }
  return {
    output: sequence.turn(hidden),
    backward(gradient) {
      const all = (of: (moment: Moment) => Value) => stack(graph, moments.map(of));
      const [hiddens, update, reset, candidate] = [
        all((m) => m.hidden),
        all((m) => m.update),
        all((m) => m.reset),
        all((m) => m.candidate),
      ];
      const sigmoidSlope = (y: Value) => mul(graph, y, complement(graph, y));
      const each = (x: Value) => split(graph, x, times, 0);
      const ofUpdate = each(mul(graph, sub(graph, hiddens, candidate), sigmoidSlope(update)));
      const ofReset = each(mul(graph, hiddens, sigmoidSlope(reset)));
      const ofTanh = each(
        mul(graph, complement(graph, update), complement(graph, mul(graph, candidate, candidate))),
      );
      const gateKernel = columns(graph, recurrent, 0, 2 * units);
      const candidateKernel = columns(graph, recurrent, 2 * units, 3 * units);
      const gateGradients: Value[] = [];
      const candidateGradients: Value[] = [];
      let dh = sequence.turn(gradient);
      for (let t = times - 1; t >= 0; t--) {
        const moment = moments[t];
        const [slopeZ, slopeR, slopeQ] = [ofUpdate[t], ofReset[t], ofTanh[t]];
        if (!moment || !slopeZ || !slopeR || !slopeQ) break;
        const dq = mul(graph, dh, slopeQ);
        const dKept = gemm(graph, candidateKernel, dq);
        const dGates = concat(graph, [mul(graph, dh, slopeZ), mul(graph, dKept, slopeR)], 0);
        candidateGradients.unshift(dq);
        gateGradients.unshift(dGates);
        if (t === 0) break;
        const direct = add(graph, mul(graph, dh, moment.update), mul(graph, dKept, moment.reset));
        dh = gemm(graph, gateKernel, dGates, { plus: direct });
      }
      const gradients = [
        sequence.ofWeights(
          moments.map(({ entered: [intoGates] }) => intoGates),
          gateGradients,
        ),
        sequence.ofWeights(
          moments.map(({ entered: [, intoCandidate] }) => intoCandidate),
          candidateGradients,
        ),
      ];
      return sequence.learn(concat(graph, gradients, 1), () =>
        gateGradients.map((dGates, t) => concat(graph, [dGates, candidateGradients[t] ?? dGates], 0)),
      );
    },
  };
}
