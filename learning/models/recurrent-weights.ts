import type { GruLayer, LstmLayer, SimpleRnnLayer } from './model-spec.js';
import type { Initializer, LayerWeights } from './weight-layout.js';

const gatesOf = { 'simple-rnn': 1, lstm: 4, gru: 3 } as const;

/**
 * A recurrent layer has a kernel [features, gates * units], a recurrent kernel [units, gates * units]
 * and a bias [gates * units], the gates side by side.
 */
export function recurrentWeights(
  { kind, units }: SimpleRnnLayer | LstmLayer | GruLayer,
  inputShape: readonly number[],
): LayerWeights {
  const [time, features] = inputShape;
  if (time === undefined || features === undefined || inputShape.length !== 2) {
    throw new RangeError(`${kind} needs samples of [time, features], not [${inputShape}]`);
  }
  const columns = gatesOf[kind] * units;
  // A forget gate that starts open (Jozefowicz et al. 2015).
  const bias: Initializer =
    kind === 'lstm' ? { kind: 'ones-between', from: units, to: 2 * units } : { kind: 'zeros' };
  return {
    tensors: [
      {
        name: 'kernel',
        shape: [features, columns],
        initializer: { kind: 'glorot-uniform', fanIn: features, fanOut: columns },
      },
      { name: 'recurrent_kernel', shape: [units, columns], initializer: { kind: 'orthogonal' } },
      { name: 'bias', shape: [columns], initializer: bias },
    ],
    outputShape: [units],
  };
}
