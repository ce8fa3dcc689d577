import type { LstmLayer } from '../../models/model-spec.js';
import type { Value } from '../graph.js';
import { add, complement, concat, gemm, mul, split, sub } from '../operators.js';
import type { LayerContext, LayerPass } from './layer.js';
import { Sequence } from './sequence.js';

/** What the backward pass needs of one time. */
interface Moment {
  /** What entered the gates. */
  readonly entered: Value;
  readonly forget: Value;
  /** dc by dh at this time. */
  readonly ofHidden: Value;
  /** dz_i, dz_f and dz_c by dc, and dz_o by dh. */
  readonly ofGates: readonly [Value, Value, Value, Value];
}

/**
 * With z = x W + h' U + b, one above the other: i = s(z_i), f = s(z_f), q = tanh(z_c), o = s(z_o), c =
 * f c' + i q, h = o tanh(c), where h' and c' are those before and s is the sigmoid.
 *
 * What the way back multiplies by is computed on the way forward, from products that are there already and
 * while they are in the cache:
 * dc = dh (o - h tanh(c)) + (dc f of the step behind), dz_i = dc i q (1 - i), dz_f = dc f c' (1 - f),
 * dz_c = dc (i - i q q), dz_o = dh h (1 - o).
 */
export function lstm(context: LayerContext, { units }: LstmLayer, input: Value): LayerPass {
  const { graph } = context;
  const sequence = new Sequence(context, input, units, 4 * units);
  const zeros = sequence.zeros();
  const moments: Moment[] = [];
  let [hidden, cell] = [zeros, zeros];
  for (const line of sequence.inputs) {
    const entered = sequence.enter(hidden, line);
    const z = gemm(graph, sequence.weights, entered);
    const [zi = z, zf = z, zq = z, zo = z] = split(graph, z, 4, 0);
    const sigmoid = (z: Value) => graph.node('Sigmoid', [z], z.shape);
    const [i, f, o] = [sigmoid(zi), sigmoid(zf), sigmoid(zo)];
    const q = graph.node('Tanh', [zq], zq.shape);
    const [kept, entering] = [mul(graph, f, cell), mul(graph, i, q)];
    cell = add(graph, kept, entering);
    const squashed = graph.node('Tanh', [cell], cell.shape);
    hidden = mul(graph, o, squashed);
    if (context.training) {
      moments.push({
        entered,
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
    output: sequence.turn(hidden),
    backward(gradient) {
      const gates: Value[] = [];
      let dh = sequence.turn(gradient);
      let behind: Value | undefined;
      for (const { forget, ofHidden, ofGates } of [...moments].reverse()) {
        if (gates[0] !== undefined) dh = gemm(graph, sequence.recurrent, gates[0]);
        const own = mul(graph, dh, ofHidden);
        const dc = behind === undefined ? own : add(graph, own, behind);
        const [ofI, ofF, ofQ, ofO] = ofGates;
        const dz = [mul(graph, dc, ofI), mul(graph, dc, ofF), mul(graph, dc, ofQ), mul(graph, dh, ofO)];
        gates.unshift(concat(graph, dz, 0));
        if (gates.length < sequence.times) behind = mul(graph, dc, forget);
      }
      const entered = moments.map((moment) => moment.entered);
      return sequence.learn(sequence.ofWeights(entered, gates), () => gates);
    },
  };
}
