import { type Attribute, attribute, type ElementType, elementTypes, valueInfo } from './graph-messages.js';
import { MessageWriter } from './protobuf.js';

/** A tensor in a graph: its name there and its shape. */
export interface Value {
  readonly name: string;
  readonly shape: readonly number[];
  /** The value that this is another shape of. */
  readonly origin?: Value;
  /** What its values are still to be multiplied by: matrix products do so at no cost, other nodes refuse it. */
  readonly factor?: number;
}

interface Node {
  /** Names of what it reads, for a loop also of what its body does. */
  readonly reads: readonly string[];
  readonly writes: readonly string[];
  readonly message: MessageWriter;
}

/** What a pass through the body of a scan results in. */
interface ScanPass {
  readonly carried: readonly Value[];
  readonly collected: readonly Value[];
}

/** The operator set whose semantics the nodes follow, and the file format that goes with it. */
const operatorSet = 18;
const irVersion = 8;

/**
 * Builds an ONNX graph: nodes are appended in the order in which they run. A graph that is the body of
 * a loop may use the values of the one around it. Field numbers are those of `onnx.proto`.
 */
export class Graph {
  readonly #prefix: string;
  readonly #nodes: Node[] = [];
  readonly #inputs: MessageWriter[] = [];
  readonly #outputs: MessageWriter[] = [];
  readonly #initializers: MessageWriter[] = [];
  readonly #constants = new Map<string, Value>();
  /** Of nodes with one output, by all that it depends on. */
  readonly #results = new Map<string, Value>();
  readonly #outputNames = new Set<string>();
  /** Of operators that are ONNX Runtime's own. */
  readonly #domains = new Set<string>();
  #names = 0;

  /** @param prefix begins the names of its values, which must not be those of a graph around it */
  constructor(prefix: string) {
    this.#prefix = prefix;
  }

  input(name: string, shape: readonly number[], type: ElementType = 'float32'): Value {
    this.#inputs.push(valueInfo(name, shape, type));
    return { name, shape };
  }

  /**
   * An input of as many items, each of the shape, as a run brings; returned is the shape of one.
   * @param items names their number, which inputs that name it alike share
   */
  sequenceInput(name: string, items: string, shape: readonly number[], type: ElementType = 'float32'): Value {
    this.#inputs.push(valueInfo(name, [items, ...shape], type));
    return { name, shape };
  }

  /** Makes a value an output; returns the name it is fetched by. */
  output(value: Value, type: ElementType = 'float32'): string {
    const [own = value] = this.#outputNames.has(value.name)
      ? this.nodes('Identity', [value], [value.shape]) // two outputs cannot have one name
      : [value];
    this.#outputNames.add(own.name);
    this.#outputs.push(valueInfo(own.name, own.shape, type));
    return own.name;
  }

  /** A float32 constant. */
  constant(values: ArrayLike<number>, shape: readonly number[]): Value {
    const data = Float32Array.from(values);
    return this.#initializer(new Uint8Array(data.buffer), shape, 'float32');
  }

  scalar(value: number): Value {
    return this.constant([value], []);
  }

  /** Constant int64 values, such as shapes, axes and indices. */
  integers(values: readonly number[], shape: readonly number[] = [values.length]): Value {
    const data = BigInt64Array.from(values, BigInt);
    return this.#initializer(new Uint8Array(data.buffer), shape, 'int64');
  }

  /**
   * Appends a node with one output, or finds the one that does the same. An operator of ONNX Runtime's own has its
   * domain before its name.
   */
  node(
    operator: string,
    inputs: readonly Value[],
    shape: readonly number[],
    attributes: Readonly<Record<string, Attribute>> = {},
  ): Value {
    // With the factor, so that an input that is still to be multiplied finds nothing and is refused.
    const from = inputs.map(({ name, factor = '' }) => `${name}*${factor}`);
    const key = `${operator} ${from} ${JSON.stringify(attributes)}`;
    const known = this.#results.get(key);
    if (known !== undefined) return known;
    const output = { name: this.#freshName(), shape };
    this.#append(operator, inputs, [output], attributes);
    this.#results.set(key, output);
    return output;
  }

  /** Appends a node with several outputs, one for each shape. */
  nodes(
    operator: string,
    inputs: readonly Value[],
    shapes: readonly (readonly number[])[],
    attributes: Readonly<Record<string, Attribute>> = {},
  ): Value[] {
    const values = shapes.map((shape) => ({ name: this.#freshName(), shape }));
    this.#append(operator, inputs, values, attributes);
    return values;
  }

  /**
   * Appends a loop. The body's inputs are the iteration, a condition and the carried values; its
   * outputs are the condition, the carried values for the next iteration and one value to collect.
   *
   * @returns the carried values after the last iteration, then what was collected, one item an iteration
   */
  loop(iterations: Value, carried: readonly Value[], body: Graph, collected: readonly number[]): Value[] {
    const outputs = [...carried.map(({ shape }) => shape), collected].map((shape) => ({
      name: this.#freshName(),
      shape,
    }));
    const always = { name: '', shape: [] };
    this.#appendWithBody('Loop', [iterations, always, ...carried], outputs, {}, body);
    return outputs;
  }

  /**
   * Appends a loop over the items of sequences, which are the slices along their first axes.
   *
   * @param build appends a pass to the loop's body, given the carried values and an item of each sequence;
   *   returns the carried values for the next item, and the items of what it collects
   * @param options.reverse whether the last items come first, in what is read and in what is collected
   * @returns the carried values after the last item, and the sequences that were collected
   */
  scan(
    carried: readonly Value[],
    sequences: readonly Value[],
    build: (body: Graph, carried: readonly Value[], items: readonly Value[]) => ScanPass,
    { reverse = false } = {},
  ): { readonly carried: readonly Value[]; readonly collected: readonly Value[] } {
    const body = new Graph(`${this.#freshName()}/`);
    const inputs = (shapes: readonly (readonly number[])[]) =>
      shapes.map((shape) => body.input(body.#freshName(), shape));
    const before = inputs(carried.map(({ shape }) => shape));
    const items = inputs(sequences.map(({ shape }) => shape.slice(1)));
    const pass = build(body, before, items);
    for (const value of [...pass.carried, ...pass.collected]) body.output(value);
    const [length = 0] = sequences[0]?.shape ?? [];
    const outputs = [
      ...pass.carried.map(({ shape }) => shape),
      ...pass.collected.map(({ shape }) => [length, ...shape]),
    ].map((shape) => ({ name: this.#freshName(), shape }));
    const attributes = {
      num_scan_inputs: sequences.length,
      scan_input_directions: sequences.map(() => Number(reverse)),
      scan_output_directions: pass.collected.map(() => Number(reverse)),
    };
    this.#appendWithBody('Scan', [...carried, ...sequences], outputs, attributes, body);
    return { carried: outputs.slice(0, carried.length), collected: outputs.slice(carried.length) };
  }

  /** Makes a sequence of items an output; returns the name it is fetched by. */
  sequenceOutput({ name, shape }: Value, items: string): string {
    this.#outputNames.add(name);
    this.#outputs.push(valueInfo(name, [items, ...shape], 'float32'));
    return name;
  }

  /** The model as the bytes of an `.onnx` file. */
  encode(): Uint8Array {
    const model = new MessageWriter()
      .integer(1, irVersion)
      .string(2, 'mlaas-fleet')
      .message(7, this.#message())
      .message(8, new MessageWriter().string(1, '').integer(2, operatorSet));
    for (const domain of this.#domains) model.message(8, new MessageWriter().string(1, domain).integer(2, 1));
    return model.finish();
  }

  #message(): MessageWriter {
    const graph = new MessageWriter();
    for (const { message } of this.#live()) graph.message(1, message);
    graph.string(2, 'graph');
    for (const initializer of this.#initializers) graph.message(5, initializer);
    for (const input of this.#inputs) graph.message(11, input);
    for (const output of this.#outputs) graph.message(12, output);
    return graph;
  }

  /** The nodes that somebody reads: ONNX Runtime would run the others, too. */
  #live(): Node[] {
    const read = new Set(this.#outputNames);
    const live: Node[] = [];
    for (const node of [...this.#nodes].reverse()) {
      if (!node.writes.some((name) => read.has(name))) continue;
      live.push(node);
      for (const name of node.reads) read.add(name);
    }
    return live.reverse();
  }

  #freshName(): string {
    return `${this.#prefix}${this.#names++}`;
  }

  /** Appends a node that runs a body, which may use the values of this graph. */
  #appendWithBody(
    operator: string,
    inputs: readonly Value[],
    outputs: readonly Value[],
    attributes: Readonly<Record<string, Attribute>>,
    body: Graph,
  ): void {
    const inner = [...body.#outputNames, ...body.#live().flatMap(({ reads }) => reads)];
    const node = this.#append(operator, inputs, outputs, attributes, inner);
    for (const domain of body.#domains) this.#domains.add(domain);
    node.message(5, new MessageWriter().string(1, 'body').message(6, body.#message()).integer(20, 5));
  }

  #append(
    operator: string,
    inputs: readonly Value[],
    outputs: readonly Value[],
    attributes: Readonly<Record<string, Attribute>>,
    alsoRead: readonly string[] = [],
  ): MessageWriter {
    const node = new MessageWriter();
    for (const { name, factor } of inputs) {
      if (factor !== undefined) throw new RangeError(`${operator} of ${name}, still to be multiplied`);
      node.string(1, name);
    }
    for (const { name } of outputs) node.string(2, name);
    const domain = operator.slice(0, Math.max(0, operator.lastIndexOf('.')));
    if (domain === '') node.string(4, operator);
    else node.string(4, operator.slice(domain.length + 1)).string(7, domain);
    if (domain !== '') this.#domains.add(domain);
    for (const [name, value] of Object.entries(attributes)) node.message(5, attribute(name, value));
    this.#nodes.push({
      reads: [...inputs.map(({ name }) => name), ...alsoRead],
      writes: outputs.map(({ name }) => name),
      message: node,
    });
    return node;
  }

  /** Equal constants are one: graphs of many time steps repeat theirs. */
  #initializer(data: Uint8Array, shape: readonly number[], type: ElementType): Value {
    const key = `${type} ${shape} ${Buffer.from(data).toString('latin1')}`;
    const known = this.#constants.get(key);
    if (known !== undefined) return known;
    const value = { name: this.#freshName(), shape };
    const tensor = new MessageWriter();
    for (const side of shape) tensor.integer(1, side);
    tensor.integer(2, elementTypes[type]).string(8, value.name).bytes(9, data);
    this.#initializers.push(tensor);
    this.#constants.set(key, value);
    return value;
  }
}
