import { basename } from 'node:path';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { FleetError } from '#protocol';
import type { DatasetOptions, OnPrepareProgress } from '../dataset.js';
import { download } from '../download.js';
import { numberField, parseCsv } from './parse-csv.js';
import { type PublicTable, publicTable } from './public-table.js';
import type { Table } from './table.js';

/** Several times the largest of these files. */
const maxBytes = 16 * 2 ** 20;

/**
 * Downloads a public table; the caller checks its content.
 * @param options mirrors: base URLs of files under their public names, in place of the public addresses
 * @param looked where the table was looked for before, for the error
 * @throws FleetError DATASET_UNAVAILABLE, DATASET_CORRUPT
 */
export async function downloadTable(
  source: PublicTable,
  { mirrors, signal }: Pick<DatasetOptions, 'mirrors' | 'signal'>,
  looked: readonly string[],
  onProgress: OnPrepareProgress,
): Promise<Table> {
  const { name } = source.info;
  const failures: string[] = [];
  for (const mirror of mirrors ?? [undefined]) {
    const urls = source.download.urls.map((url) =>
      mirror === undefined ? url : `${mirror}${basename(url)}`,
    );
    let texts: string[];
    try {
      texts = await Promise.all(urls.map((url) => downloadText(url, name, onProgress, signal)));
    } catch (error) {
      failures.push(error instanceof Error ? error.message : String(error));
      continue;
    }
    return joined(source, urls, texts);
  }
  throw new FleetError('DATASET_UNAVAILABLE', `${name}; looked: ${[...looked, ...failures].join('; ')}`);
}

async function downloadText(
  url: string,
  name: string,
  onProgress: OnPrepareProgress,
  signal: AbortSignal | undefined,
): Promise<string> {
  onProgress(`${name}: downloading ${url}`);
  try {
    const bytes = await download(url, { maxBytes, signal });
    const plain = url.endsWith('.gz') ? await promisify(gunzip)(bytes, { maxOutputLength: maxBytes }) : bytes;
    return new TextDecoder().decode(plain);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`download of ${url}: ${reason}`, { cause });
  }
}

async function joined(
  source: PublicTable,
  urls: readonly string[],
  texts: readonly string[],
): Promise<Table> {
  const { derive, ...form } = source.download;
  const [from = ''] = urls;
  const files = await Promise.all(texts.map((text, i) => parseCsv(text, form, urls[i] ?? from)));
  const records = (files[0] ?? []).map((_, row) => files.flatMap((file) => file[row]?.fields ?? []));
  const rows =
    derive === undefined
      ? records
      : records.map((record, i) =>
          derive(record.map((field, k) => numberField(field, `${k + 1}`, `${from}: row ${i + 1}`))).map(
            String,
          ),
        );
  return publicTable(source, rows, from);
}
