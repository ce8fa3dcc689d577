import type { NamedColumn } from '../columns.js';
import type { ColumnData } from './column-batch.js';
import type { ExportFormat, ManifestFile } from './manifest.js';

/** What a thread is started with. */
export interface FormatThreadData {
  /** Folder of the dataset. */
  readonly folder: string;
  readonly format: ExportFormat;
}

/** A text column with each different text once. */
interface PackedTexts extends Pick<ColumnData, 'name' | 'valid'> {
  readonly type: 'text' | 'jsonb';
  readonly texts: readonly string[];
  /** Place of each row's text in `texts`. */
  readonly places: Int32Array;
}

type PackedColumn = ColumnData | PackedTexts;

export type FormatRequest =
  | { readonly task: 'begin'; readonly table: string; readonly columns: readonly NamedColumn[] }
  | { readonly task: 'write'; readonly rows: number; readonly columns: readonly PackedColumn[] }
  | { readonly task: 'finish' };

/** `files` answers `finish`. */
export type FormatReply =
  | { readonly ok: true; readonly files: readonly ManifestFile[] }
  | {
      readonly ok: false;
      readonly message: string;
      /** Of an error of the operating system. */
      readonly code: string | undefined;
      readonly syscall: string | undefined;
    };

/** Strings are costly to copy between threads, and most columns hold few different ones. */
export function packColumn(column: ColumnData): PackedColumn {
  if (column.type !== 'text' && column.type !== 'jsonb') return column;
  const { name, type, valid, values } = column;
  const placeOf = new Map<string, number>();
  const places = new Int32Array(values.length);
  for (const [row, text] of values.entries()) {
    let place = placeOf.get(text);
    if (place === undefined) {
      place = placeOf.size;
      // With many different texts, packing would only add to the work.
      if (place > values.length / 4) return column;
      placeOf.set(text, place);
    }
    places[row] = place;
  }
  return { name, type, valid, texts: [...placeOf.keys()], places };
}

export function unpackColumn(column: PackedColumn): ColumnData {
  if (!('texts' in column)) return column;
  const { name, type, valid, texts, places } = column;
  return { name, type, valid, values: Array.from(places, (place) => texts[place] ?? '') };
}
