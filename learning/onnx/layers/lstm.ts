import type { LstmLayer } from '../../models/model-spec.js';
import type { Value } from '../graph.js';
import { add, complement, concat, gemm, mul, product, split } from '../operators.js';
import type { LayerContext, LayerPass } from './layer.js';
import { Sequence, stack } from './sequence.js';

/** What the backward pass needs of one time. */
interface Moment {
  readonly hidden: Value;
  readonly cell: Value;
  /** Gates side by side: i, f, q (the candidate), o. */
  readonly gates: readonly [Value, Value, Value, Value];
  /** tanh of the new cell. */
  readonly squashed: Value;
}

/**
 * With z = x W + h' U + b, side by side: i = s(z_i), f = s(z_f), q = tanh(z_c), o = s(z_o), c = f c' +
 * i q, h = o tanh(c), where h' and c' are those before and s is the sigmoid.
 *
 * The slopes of all gates are computed at once for all times, so that the way back through time is two
 * products of elements, a matrix product and little else at each step:
 * dc = dh o (1 - tanh(c)^2) + (dc f of the step behind), dz = [dc, dc, dc, dh] * [q i', c' f', i q',
 * tanh(c) o'].
 */
export function lstm(context: LayerContext, { units }: LstmLayer, input: Value): LayerPass {
  const { graph } = context;
  const sequence = new Sequence(context, input, units, 4 * units);
  const { recurrent, times } = sequence;
  const zeros = sequence.zeros(units);
  const moments: Moment[] = [];
  let [hidden, cell] = [zeros, zeros];
  for (const plus of sequence.inputs) {
    const [zi = plus, zf = plus, zq = plus, zo = plus] = split(
      graph,
      gemm(graph, hidden, recurrent, { plus }),
      4,
      1,
    );
    const sigmoid = (z: Value) => graph.node('Sigmoid', [z], z.shape);
    const [i, f, o] = [sigmoid(zi), sigmoid(zf), sigmoid(zo)];
    const q = graph.node('Tanh', [zq], zq.shape);
    const next = add(graph, mul(graph, f, cell), mul(graph, i, q));
    const squashed = graph.node('Tanh', [next], next.shape);
    moments.push({ hidden, cell, gates: [i, f, q, o], squashed });
    hidden = mul(graph, o, squashed);
    cell = next;
  }
  return {
    output: hidden,
    backward(gradient) {
      const all = (of: (moment: Moment) => Value) => stack(graph, moments.map(of));
      const [i, f, q, o] = [0, 1, 2, 3].map((gate) => all(({ gates }) => gates[gate] ?? zeros));
      if (!i || !f || !q || !o) throw new RangeError('an LSTM has four gates');
      const squashed = all((moment) => moment.squashed);
      const sigmoidSlope = (y: Value) => mul(graph, y, complement(graph, y));
      const tanhSlope = (y: Value) => complement(graph, mul(graph, y, y));
      const slopes = concat(
        graph,
        [
          mul(graph, q, sigmoidSlope(i)),
          mul(
            graph,
            all(({ cell: before }) => before),
            sigmoidSlope(f),
          ),
          mul(graph, i, tanhSlope(q)),
          mul(graph, squashed, sigmoidSlope(o)),
        ],
        1,
      );
      const slopesAt = split(graph, slopes, times, 0);
      const throughCell = split(graph, mul(graph, o, tanhSlope(squashed)), times, 0);
      const gates: Value[] = [];
      let dh = gradient;
      let dcBehind: Value | undefined;
      for (let t = times - 1; t >= 0; t--) {
        const [slope = zeros, through = zeros, forget = zeros] = [
          slopesAt[t],
          throughCell[t],
          moments[t]?.gates[1],
        ];
        const own = mul(graph, dh, through);
        const dc = dcBehind === undefined ? own : add(graph, own, dcBehind);
        const dz = mul(graph, concat(graph, [dc, dc, dc, dh], 1), slope);
        gates.unshift(dz);
        if (t === 0) break;
        dh = gemm(graph, dz, recurrent, { transposeB: true });
        dcBehind = mul(graph, dc, forget);
      }
      const dz = stack(graph, gates);
      context.gradient(
        'recurrent_kernel',
        product(
          all((moment) => moment.hidden),
          dz,
          { transposeA: true },
        ),
      );
      return sequence.backward(dz);
    },
  };
}
