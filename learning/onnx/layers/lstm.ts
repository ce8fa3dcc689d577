import type { LstmLayer } from '../../models/model-spec.js';
import type { Value } from '../graph.js';
import { add, complement, concat, gemm, mul, product, split, sub } from '../operators.js';
import type { LayerContext, LayerPass } from './layer.js';
import { Sequence, stack } from './sequence.js';

/** What the backward pass needs of one time. */
interface Moment {
  /** The hidden state before. */
  readonly before: Value;
  readonly forget: Value;
  /** dc by dh at this time. */
  readonly ofHidden: Value;
  /** dz_i, dz_f and dz_c by dc, and dz_o by dh. */
  readonly ofGates: readonly [Value, Value, Value, Value];
}

/**
 * With z = x W + h' U + b, side by side: i = s(z_i), f = s(z_f), q = tanh(z_c), o = s(z_o), c = f c' +
 * i q, h = o tanh(c), where h' and c' are those before and s is the sigmoid.
 *
 * What the way back multiplies by is computed on the way forward, from products that are there already and
 * while they are in the cache:
 * dc = dh (o - h tanh(c)) + (dc f of the step behind), dz_i = dc i q (1 - i), dz_f = dc f c' (1 - f),
 * dz_c = dc (i - i q q), dz_o = dh h (1 - o).
 */
export function lstm(context: LayerContext, { units }: LstmLayer, input: Value): LayerPass {
  const { graph } = context;
  const sequence = new Sequence(context, input, units, 4 * units);
  const { recurrent } = sequence;
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
    const [kept, entering] = [mul(graph, f, cell), mul(graph, i, q)];
    cell = add(graph, kept, entering);
    const squashed = graph.node('Tanh', [cell], cell.shape);
    const before = hidden;
    hidden = mul(graph, o, squashed);
    if (context.training) {
      moments.push({
        before,
        forget: f,
        ofHidden: sub(graph, o, mul(graph, hidden, squashed)),
        ofGates: [
          mul(graph, entering, complement(graph, i)),
          mul(graph, kept, complement(graph, f)),
          sub(graph, i, mul(graph, entering, q)),
          mul(graph, hidden, complement(graph, o)),
        ],
      });
    }
  }
  return {
    output: hidden,
    backward(gradient) {
      const gates: Value[] = [];
      let dh = gradient;
      let behind: Value | undefined;
      for (const { forget, ofHidden, ofGates } of [...moments].reverse()) {
        if (gates[0] !== undefined) dh = gemm(graph, gates[0], recurrent, { transposeB: true });
        const own = mul(graph, dh, ofHidden);
        const dc = behind === undefined ? own : add(graph, own, behind);
        const [ofI, ofF, ofQ, ofO] = ofGates;
        const dz = [mul(graph, dc, ofI), mul(graph, dc, ofF), mul(graph, dc, ofQ), mul(graph, dh, ofO)];
        gates.unshift(concat(graph, dz, 1));
        if (gates.length < sequence.times) behind = mul(graph, dc, forget);
      }
      const dz = stack(graph, gates);
      const before = stack(
        graph,
        moments.map((moment) => moment.before),
      );
      context.gradient('recurrent_kernel', product(before, dz, { transposeA: true }));
      return sequence.backward(dz);
    },
  };
}
