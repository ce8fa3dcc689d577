/** Array types that a column may have, by the name that travels. */
const columnTypes = {
  f64: Float64Array,
  f32: Float32Array,
  u32: Uint32Array,
  u8: Uint8Array,
} as const;
type ColumnType = keyof typeof columnTypes;
export type Column = Float64Array | Float32Array | Uint32Array | Uint8Array;

/** Named columns of one length. */
export type ColumnGroup = Readonly<Record<string, Column>>;

/** A JSON header and groups of columns beside it: small records in the one, numbers in the other. */
export interface Columnar {
  readonly header: Readonly<Record<string, unknown>>;
  readonly groups: Readonly<Record<string, ColumnGroup>>;
}

/** `MLF1`, little-endian: what every frame begins with. */
const magic = 0x31464c4d;
const prefixBytes = 8;

const padded = (bytes: number): number => Math.ceil(bytes / 8) * 8;

/**
 * Packs a header and columns into one message: magic (u32), length of the header (u32), the header as
 * JSON, then each column at the next multiple of 8 bytes, so that a reader can use it where it lies.
 * Numbers are little-endian, as on every machine that Node.js and browsers run on.
 *
 * @example
 * decodeColumns(encodeColumns({ header: { seq: 1 }, groups: { agents: { client: Uint32Array.of(0, 1) } } }))
 */
export function encodeColumns({ header, groups }: Columnar): Uint8Array<ArrayBuffer> {
  const columns = Object.entries(groups).flatMap(([group, all]) =>
    Object.entries(all).map(([name, column]) => ({ group, name, column })),
  );
  const listed = columns.map(({ group, name, column }) => [group, name, typeOf(column), column.length]);
  const json = new TextEncoder().encode(JSON.stringify({ ...header, columns: listed }));
  const begin = padded(prefixBytes + json.length);
  const size = columns.reduce((sum, { column }) => sum + padded(column.byteLength), begin);
  const bytes = new Uint8Array(size);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, magic, true);
  view.setUint32(4, json.length, true);
  bytes.set(json, prefixBytes);
  let offset = begin;
  for (const { column } of columns) {
    bytes.set(new Uint8Array(column.buffer, column.byteOffset, column.byteLength), offset);
    offset += padded(column.byteLength);
  }
  return bytes;
}

/**
 * Unpacks a message of `encodeColumns`; its columns are views into it.
 * @throws Error when it is not one, or is cut short
 */
export function decodeColumns(buffer: ArrayBuffer): Columnar {
  const view = new DataView(buffer);
  if (buffer.byteLength < prefixBytes || view.getUint32(0, true) !== magic) throw new Error('not a frame');
  const jsonBytes = view.getUint32(4, true);
  if (prefixBytes + jsonBytes > buffer.byteLength) throw new Error('a frame is cut short');
  const text = new TextDecoder().decode(new Uint8Array(buffer, prefixBytes, jsonBytes));
  const parsed: unknown = JSON.parse(text);
  if (!isRecord(parsed) || !Array.isArray(parsed.columns)) throw new Error('a frame has no columns');
  const { columns, ...header } = parsed;
  const groups: Record<string, Record<string, Column>> = {};
  let offset = padded(prefixBytes + jsonBytes);
  for (const listed of columns) {
    const { group, name, type, length } = columnOf(listed);
    const column = new columnTypes[type](buffer, offset, length);
    groups[group] = { ...groups[group], [name]: column };
    offset += padded(column.byteLength);
  }
  return { header, groups };
}

function columnOf(listed: unknown): { group: string; name: string; type: ColumnType; length: number } {
  if (!Array.isArray(listed)) throw new Error('a column is not described');
  const [group, name, type, length]: unknown[] = listed;
  if (typeof group !== 'string' || typeof name !== 'string' || typeof length !== 'number' || !isType(type))
    throw new Error(`a column of unknown type: ${String(type)}`);
  return { group, name, type, length };
}

function typeOf(column: Column): ColumnType {
  if (column instanceof Float64Array) return 'f64';
  if (column instanceof Float32Array) return 'f32';
  return column instanceof Uint32Array ? 'u32' : 'u8';
}

const isType = (type: unknown): type is ColumnType =>
  typeof type === 'string' && Object.hasOwn(columnTypes, type);

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
