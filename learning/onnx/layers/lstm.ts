import type { LstmLayer } from '../../models/model-spec.js';
import type { Value } from '../graph.js';
import { add, complement, concat, gemm, mul, split, sub } from '../operators.js';
import type { LayerContext, LayerPass } from './layer.js';
import { Sequence } from './sequence.js';

/**
 * With z = x W + h' U + b, one above the other: i = s(z_i), f = s(z_f), q = tanh(z_c), o = s(z_o), c =
 * f c' + i q, h = o tanh(c), where h' and c' are those before and s is the sigmoid.
 *
 * What the way back multiplies by is computed on the way forward, from products that are there already and
 * while they are in the cache:
 * dc = dh (o - h tanh(c)) + dc' with dc' the one before, dc f, of the time behind; dz_i = dc i q (1 - i),
 * dz_f = dc' (c' - f c'), dz_c = dc (i - i q q), dz_o = dh h (1 - o).
 */
export function lstm(context: LayerContext, { units }: LstmLayer, input: Value): LayerPass {
  const { graph } = context;
  const sequence = new Sequence(context, input, units, 4 * units);
  const { recurrent, weights } = sequence;
  // A product for each gate: out of one for all, each would have to be copied.
  const [ofI = weights, ofF = weights, ofQ = weights, ofO = weights] = split(graph, weights, 4, 0);
  const forward = sequence.forward(['hidden', 'cell'], (body, before, line) => {
    const entered = concat(body, [before.hidden, line], 0);
    const gate = (operator: 'Sigmoid' | 'Tanh', weights: Value) => {
      const z = gemm(body, weights, entered);
      return body.node(operator, [z], z.shape);
    };
    const [i, f, q, o] = [
      gate('Sigmoid', ofI),
      gate('Sigmoid', ofF),
      gate('Tanh', ofQ),
      gate('Sigmoid', ofO),
    ];
    const [retained, entering] = [mul(body, f, before.cell), mul(body, i, q)];
    const cell = add(body, retained, entering);
    const squashed = body.node('Tanh', [cell], cell.shape);
    const hidden = mul(body, o, squashed);
    return {
      states: { hidden, cell },
      kept: {
        entered,
        forget: f,
        ofHidden: sub(body, o, mul(body, hidden, squashed)),
        ofI: mul(body, entering, complement(body, i)),
        ofF: sub(body, before.cell, retained),
        ofQ: sub(body, i, mul(body, entering, q)),
        ofO: mul(body, hidden, complement(body, o)),
      },
    };
  });
  return {
    output: forward.output,
    backward: (gradient) =>
      sequence.backward(gradient, forward, [4 * units], (body, behind, kept) => {
        const dh = behind.hidden;
        const dc = add(body, mul(body, dh, kept.ofHidden), behind.cell);
        const cell = mul(body, dc, kept.forget);
        const dz = [
          mul(body, dc, kept.ofI),
          mul(body, cell, kept.ofF),
          mul(body, dc, kept.ofQ),
          mul(body, dh, kept.ofO),
        ];
        const gates = concat(body, dz, 0);
        return {
          states: { hidden: gemm(body, recurrent, gates), cell },
          gates: [{ entered: kept.entered, gradient: gates }],
        };
      }),
  };
}
