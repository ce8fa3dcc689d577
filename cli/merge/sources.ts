import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { glob, isDynamicPattern } from 'tinyglobby';
import { FleetError } from '#protocol';
import { clientRoundsCsv, type Queryable } from '#store';
import type { CsvSource } from './merge-csv.js';

/** How much of a file is read at once. */
const readBytes = 2 ** 20;

/**
 * The files that paths and glob patterns name, each once: in the order given, those of a pattern in the
 * order of their names. A pattern leaves `output` out, so that a merge can be repeated.
 * @throws FleetError CSV_INVALID for a path or pattern that names no file, or `output` given by path
 */
export async function fileSources(inputs: readonly string[], output: string): Promise<CsvSource[]> {
  const paths = new Set<string>();
  for (const input of inputs) {
    const entry = await stat(input).catch(() => undefined);
    if (entry?.isFile()) {
      if (resolve(input) === output) throw new FleetError('CSV_INVALID', `${input}: is the output, too`);
      paths.add(resolve(input));
      continue;
    }
    const found = isDynamicPattern(input)
      ? await glob(input, { absolute: true, expandDirectories: false })
      : [];
    const wanted = found.map((path) => resolve(path)).filter((path) => path !== output);
    if (wanted.length === 0) throw new FleetError('CSV_INVALID', `${input}: no such file`);
    for (const path of wanted.sort()) paths.add(path);
  }
  return [...paths].map((path) => ({
    name: path,
    chunks: () => createReadStream(path, { highWaterMark: readBytes }),
  }));
}

/** Stored runs as CSV, as `generate` writes it. */
export function runSources(store: Queryable, runIds: readonly string[]): CsvSource[] {
  return runIds.map((id) => ({ name: `run ${id}`, chunks: () => encoded(clientRoundsCsv(store, id)) }));
}

async function* encoded(lines: AsyncIterable<string>): AsyncGenerator<Uint8Array> {
  let text = '';
  for await (const line of lines) {
    text += line;
    if (text.length < readBytes) continue;
    yield Buffer.from(text);
    text = '';
  }
  yield Buffer.from(text);
}
