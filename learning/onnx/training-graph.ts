import type { ModelSpec } from '../models/model-spec.js';
import type { PlacedTensor } from '../models/weight-layout.js';
import type { OptimizerSpec } from '../optimizers/optimizer-spec.js';
import { Graph, type Value } from './graph.js';
import { losses } from './losses/loss.js';
import { type BatchFormat, buildModel, type FeatureType, type TensorValue } from './model-builder.js';
import { type Objective, objectiveGradients } from './objective.js';
import { type Addend, item, mul, rows, scale, sizeOf, split, transpose } from './operators.js';
import { optimizerGraph } from './optimizers/optimizer.js';
import { appendUpdates } from './weight-updates.js';

/** The number that the gradient of a batch's loss is multiplied by. */
const gradientFactor = 'gradientFactor';

export interface TrainingFormat extends BatchFormat, Objective {
  /** Channels that the runtime's own convolutions take at once (`channelBlock`), where they are to be used. */
  readonly channelBlock?: number | undefined;
  readonly optimizer: OptimizerSpec;
}

/** An array that one step hands to the next. */
export interface CarriedArray {
  /** A tensor whose weights it holds, or the number that a part of the optimiser's state starts with. */
  readonly start: PlacedTensor | number;
  readonly shape: readonly number[];
  readonly input: string;
  readonly output: string;
}

export interface MaskInput {
  readonly name: string;
  readonly shape: readonly number[];
  readonly rate: number;
}

/** A tensor's weights as they were when the training began. */
export interface AnchorInput {
  readonly name: string;
  readonly tensor: PlacedTensor;
  readonly shape: readonly number[];
}

/**
 * A graph that takes batches from all samples and makes a training step with each. Inputs: `steps`, the
 * number of batches, int64; `order`, int32 [steps, batch], which samples are in them; `features`, of their
 * type [samples, values of one]; `targets`, float32 [samples, ...targetShape]; `scalars`, float32 [steps,
 * numbers]; masks [steps, ...shape]; anchors; and the carried arrays.
 */
export interface TrainingGraph {
  readonly bytes: Uint8Array;
  /** Samples in a batch. */
  readonly batch: number;
  /** Shape of one sample's target. */
  readonly targetShape: readonly number[];
  /** What the input `scalars` holds for a step, counted from 1. */
  scalars(step: number, learningRate: number): number[];
  readonly carried: readonly CarriedArray[];
  readonly masks: readonly MaskInput[];
  /** Inputs that hold the weights at the start of the training, where the objective wants them. */
  readonly anchors: readonly AnchorInput[];
  /** Name of the output with the sum of every batch's losses, before the step. */
  readonly losses: string;
}

/**
 * Compiles a model, its objective and its optimiser to a loop over training steps. Many steps a call,
 * because what leaves ONNX Runtime is copied, and the weights are the largest part of it.
 *
 * @throws RangeError for layers that do not fit together
 */
export function compileTraining(spec: ModelSpec, format: TrainingFormat): TrainingGraph {
  const { batch } = format;
  const optimizer = optimizerGraph(format.optimizer);
  const outer = new Graph('o');
  const body = new Graph('b');
  const steps = outer.input('steps', [], 'int64');
  const index = body.input('step', [], 'int64');
  const proceed = body.input('proceed', [], 'bool');
  const each = (name: string, shape: readonly number[], type: 'float32' | 'int32' = 'float32') =>
    item(body, outer.sequenceInput(name, 'steps', shape, type), index);
  const order = each('order', [batch], 'int32');
  const ofBatch = (name: string, shape: readonly number[], type: FeatureType) =>
    rows(body, { ...outer.sequenceInput(name, 'samples', shape, type), shape: [0, ...shape] }, order);

  const masks: MaskInput[] = [];
  const model = buildModel(spec, {
    ...format,
    graph: body,
    features: ofBatch('features', [sizeOf(spec.inputShape)], format.featureType),
    training: true,
    mask(shape, rate) {
      const name = `mask${masks.length}`;
      masks.push({ name, shape, rate });
      return each(name, shape);
    },
  });
  const targetShape = model.output.shape.slice(1);
  const names = [gradientFactor, ...optimizer.scalarNames];
  const row = each('scalars', [names.length]);
  const numbers = names.length === 1 ? [row] : split(body, row, names.length, 0);
  const scalars = Object.fromEntries(numbers.map((value, i) => [names[i] ?? '', value]));
  const factor = scalars[gradientFactor] ?? row;

  const targets = ofBatch('targets', targetShape, 'float32');
  const { loss, gradient } = losses[spec.loss].build(body, model.output, targets);
  const clips = format.clipNorm !== undefined;
  const root = clips ? scale(body, gradient, 1 / batch) : mul(body, gradient, factor);
  const gradients = model.backward(root);

  const anchors: AnchorInput[] = [];
  const anchorOf = ({ tensor, value, turned }: TensorValue): Value => {
    const name = `anchor/${tensor.name}`;
    const shape = turned ? [...value.shape].reverse() : value.shape;
    anchors.push({ name, tensor, shape });
    const input = outer.input(name, shape);
    return turned ? turn(outer, input) : input;
  };
  const trained = model.weights.filter(({ tensor }) => tensor.trainable !== false);
  const gradientOf = ({ tensor }: TensorValue): Addend => {
    const result = gradients.get(tensor);
    if (result === undefined) throw new RangeError(`${tensor.name} has no gradient`);
    return result;
  };
  const decayOf = ({ tensor }: TensorValue) => (tensor.shape.length > 1 ? format.weightDecay : 0);
  const objective = objectiveGradients(
    body,
    trained.map((port) => ({
      weights: port.value,
      gradient: gradientOf(port),
      anchor: format.proximalMu === 0 ? undefined : anchorOf(port),
      decay: optimizer.decoupledDecay ? 0 : decayOf(port),
    })),
    format,
    optimizer.takesMoves ? scale(body, factor, batch) : undefined,
  );
  const { weights: moved, state } = appendUpdates(
    body,
    optimizer,
    trained.map((port, i) => ({
      tensor: port.tensor,
      weights: port.value,
      gradient: objective[i] ?? gradientOf(port),
      decay: optimizer.decoupledDecay ? decayOf(port) : 0,
    })),
    scalars,
  );

  // In the order of the body's inputs: all weights, then the state.
  const ports: { before: Value; after: Value; start: CarriedArray['start']; turned: boolean }[] = [
    ...model.weights.map((port) => ({
      before: port.value,
      after: moved.get(port.tensor) ?? gradientOf(port).value(body),
      start: port.tensor,
      turned: port.turned,
    })),
    ...state.map(({ before, after, initial }) => ({ before, after, start: initial, turned: false })),
  ];
  body.output(proceed, 'bool');
  for (const { after } of ports) body.output(after);
  body.output(loss);
  const inputs = ports.map(({ before: { name, shape }, turned }) =>
    outer.input(`start/${name}`, turned ? [...shape].reverse() : shape),
  );
  const turnedWhere = (values: readonly Value[]) =>
    ports.map(({ before, turned }, i) => {
      const value = values[i] ?? before;
      return turned ? turn(outer, value) : value;
    });
  const results = outer.loop(steps, turnedWhere(inputs), body, loss.shape);
  const ends = turnedWhere(results);
  const carried = ports.map(({ before, start }, i) => ({
    start,
    shape: inputs[i]?.shape ?? before.shape,
    input: inputs[i]?.name ?? before.name,
    output: outer.output(ends[i] ?? before),
  }));
  const lossesName = outer.sequenceOutput(results.at(-1) ?? loss, 'steps');
  return {
    bytes: outer.encode(),
    batch,
    targetShape,
    scalars: (step, learningRate) => [
      (optimizer.takesMoves ? -learningRate : 1) / batch,
      ...optimizer.scalars(step, learningRate),
    ],
    carried,
    masks,
    anchors,
    losses: lossesName,
  };
}

function turn(graph: Graph, matrix: Value): Value {
  return transpose(graph, matrix, [1, 0]);
}
