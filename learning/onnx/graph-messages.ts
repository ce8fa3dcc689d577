import { MessageWriter } from './protobuf.js';

/** Integers, or text; `{ float }` because a whole number does not tell which kind it is meant to be. */
export type Attribute = number | string | readonly number[] | { readonly float: number };

/** A side of an input: a number, or the name of one that is known only when the graph runs. */
type Side = number | string;

/** `TensorProto.DataType`. */
export const elementTypes = { float32: 1, uint8: 2, int32: 6, int64: 7, bool: 9 } as const;
export type ElementType = keyof typeof elementTypes;

/** `AttributeProto`: each kind of value has its field and its type. */
export function attribute(name: string, value: Attribute): MessageWriter {
  const message = new MessageWriter().string(1, name);
  if (typeof value === 'number') return message.integer(3, value).integer(20, 2);
  if (typeof value === 'string') return message.string(4, value).integer(20, 3);
  if ('float' in value) return message.float(2, value.float).integer(20, 1);
  for (const item of value) message.integer(8, item);
  return message.integer(20, 7);
}

/** `ValueInfoProto` of a tensor. */
export function valueInfo(name: string, shape: readonly Side[], type: ElementType): MessageWriter {
  const dimensions = new MessageWriter();
  for (const side of shape) {
    const dimension = new MessageWriter();
    dimensions.message(1, typeof side === 'number' ? dimension.integer(1, side) : dimension.string(2, side));
  }
  const tensor = new MessageWriter().integer(1, elementTypes[type]).message(2, dimensions);
  return new MessageWriter().string(1, name).message(2, new MessageWriter().message(1, tensor));
}
