/**
 * Something that a database needs beside the tables: a view, a function, a property of a table. It is
 * made again when its definition has changed.
 */
export interface LayoutObject {
  /** Its kind and name, such as `view service_instances`. */
  readonly name: string;
  readonly create: string;
  /** Undefined where making it again needs no removal. */
  readonly drop: string | undefined;
}
