import type { GruLayer } from '../../models/model-spec.js';
import type { Value } from '../graph.js';
import { add, addend, columns, complement, concat, gemm, mul, split, sub } from '../operators.js';
import type { LayerContext, LayerPass } from './layer.js';
import { Sequence, stack } from './sequence.js';

/** What the backward pass needs of one time. */
interface Moment {
  /** The hidden state before. */
  readonly hidden: Value;
  readonly update: Value;
  readonly reset: Value;
  readonly candidate: Value;
  /** reset * hidden. */
  readonly kept: Value;
}

/**
 * z = s(x W_z + h' U_z + b_z), r = s(x W_r + h' U_r + b_r), q = tanh(x W_h + (r h') U_h + b_h) and h =
 * z h' + (1 - z) q, where h' is the state before and s the sigmoid: TensorFlow.js's order of gates, and
 * its reset gate before the product.
 */
export function gru(context: LayerContext, { units }: GruLayer, input: Value): LayerPass {
  const { graph } = context;
  const sequence = new Sequence(context, input, units, 3 * units);
  const { times } = sequence;
  const cut = (x: Value): [Value, Value] => [
    columns(graph, x, 0, 2 * units),
    columns(graph, x, 2 * units, 3 * units),
  ];
  const [gateKernel, candidateKernel] = cut(sequence.recurrent);
  const moments: Moment[] = [];
  let hidden = sequence.zeros(units);
  for (const inputs of sequence.inputs) {
    const [forGates, forCandidate] = cut(inputs);
    const gates = gemm(graph, hidden, gateKernel, { plus: forGates });
    const [update = gates, reset = gates] = split(graph, graph.node('Sigmoid', [gates], gates.shape), 2, 1);
    const kept = mul(graph, reset, hidden);
    const z = gemm(graph, kept, candidateKernel, { plus: forCandidate });
    const candidate = graph.node('Tanh', [z], z.shape);
    moments.push({ hidden, update, reset, candidate, kept });
    hidden = add(graph, candidate, mul(graph, update, sub(graph, hidden, candidate)));
  }
  return {
    output: hidden,
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
      const ofCandidate = each(
        mul(graph, complement(graph, update), complement(graph, mul(graph, candidate, candidate))),
      );
      const gateGradients: Value[] = [];
      const candidateGradients: Value[] = [];
      let dh = gradient;
      for (let t = times - 1; t >= 0; t--) {
        const moment = moments[t];
        const [slopeZ, slopeR, slopeQ] = [ofUpdate[t], ofReset[t], ofCandidate[t]];
        if (!moment || !slopeZ || !slopeR || !slopeQ) break;
        const dq = mul(graph, dh, slopeQ);
        const dKept = gemm(graph, dq, candidateKernel, { transposeB: true });
        const dGates = concat(graph, [mul(graph, dh, slopeZ), mul(graph, dKept, slopeR)], 1);
        candidateGradients.unshift(dq);
        gateGradients.unshift(dGates);
        if (t === 0) break;
        const direct = add(graph, mul(graph, dh, moment.update), mul(graph, dKept, moment.reset));
        dh = gemm(graph, dGates, gateKernel, { transposeB: true, plus: direct });
      }
      const [dGates, dq] = [stack(graph, gateGradients), stack(graph, candidateGradients)];
      const ofKernel = [
        gemm(graph, hiddens, dGates, { transposeA: true }),
        gemm(
          graph,
          all((m) => m.kept),
          dq,
          { transposeA: true },
        ),
      ];
      context.gradient('recurrent_kernel', addend(concat(graph, ofKernel, 1)));
      return sequence.backward(concat(graph, [dGates, dq], 1));
    },
  };
}
