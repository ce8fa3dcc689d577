import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { FleetError } from '#protocol';
import { checksumsName, fileSha256, filesOf, readChecksums } from './checksums.js';
import { columnsCsv } from './columns-csv.js';
import { type Manifest, type ManifestTable, readManifest } from './manifest.js';
import { paperNames } from './papers.js';
import { readTableFile } from './read-table-file.js';

export interface VerifiedDataset {
  readonly manifest: Manifest;
  /** SHA-256 of SHA256SUMS. */
  readonly digest: string;
  /** Files whose hash was compared. */
  readonly files: number;
}

/**
 * Checks an exported dataset against its own papers: every file has the hash of SHA256SUMS and no file is
 * missing or new; every data file can be read, has the columns and types that the manifest tells and as many
 * rows; croissant.json and columns.csv tell the same as the manifest.
 *
 * @throws FleetError EXPORT_DAMAGED that names what is wrong, EXPORT_VERSION
 */
export async function verifyDataset(folder: string): Promise<VerifiedDataset> {
  const { digest, files } = await verifyChecksums(folder);
  const manifest = await readManifest(folder);
  const problems = [
    ...(await croissantProblems(folder, manifest)),
    ...((await readText(folder, 'columns.csv')) === columnsCsv(manifest)
      ? []
      : ['columns.csv does not tell the columns of dataset.json']),
  ];
  for (const table of manifest.tables) problems.push(...(await tableProblems(folder, table)));
  if (problems.length > 0) throw damaged(folder, problems);
  return { manifest, digest, files };
}

/**
 * Only the hashes: whether the folder's files are those that were written.
 * @throws FleetError EXPORT_DAMAGED
 */
export async function verifyChecksums(folder: string): Promise<{ digest: string; files: number }> {
  let sums: ReadonlyMap<string, string>;
  let digest: string;
  let present: string[];
  try {
    ({ sums, digest } = await readChecksums(folder));
    present = await filesOf(folder);
  } catch (cause) {
    throw new FleetError('EXPORT_DAMAGED', `${folder}: ${cause instanceof Error ? cause.message : cause}`, {
      cause,
    });
  }
  const there = new Set(present);
  const problems = [...new Set([...sums.keys(), ...paperNames])]
    .filter((path) => !there.has(path))
    .map((path) => `${path} is missing`);
  for (const path of present) {
    const expected = sums.get(path);
    if (expected === undefined) problems.push(`${path} is not in ${checksumsName}`);
    else if ((await fileSha256(join(folder, path))) !== expected) problems.push(`${path} was changed`);
  }
  if (problems.length > 0) throw damaged(folder, problems);
  return { digest, files: present.length };
}

async function tableProblems(
  folder: string,
  { name, rows, columns, files }: ManifestTable,
): Promise<string[]> {
  const problems: string[] = [];
  const rowsByFormat = new Map<string, number>();
  for (const file of files) {
    let found = 0;
    try {
      for await (const block of readTableFile[file.format](join(folder, file.path), columns)) {
        found += block.length;
      }
      if (found !== file.rows) problems.push(`${file.path} has ${found} rows instead of ${file.rows}`);
    } catch (cause) {
      problems.push(`${file.path}: ${cause instanceof Error ? cause.message : cause}`);
    }
    rowsByFormat.set(file.format, (rowsByFormat.get(file.format) ?? 0) + file.rows);
  }
  for (const [format, sum] of rowsByFormat) {
    if (sum !== rows) problems.push(`${name} has ${sum} rows in ${format} instead of ${rows}`);
  }
  return problems;
}

const croissantSchema = z.object({
  distribution: z.array(z.object({ contentUrl: z.string().optional(), sha256: z.string().optional() })),
});

async function croissantProblems(folder: string, { tables }: Manifest): Promise<string[]> {
  const parsed = croissantSchema.safeParse(parseJson(await readText(folder, 'croissant.json')));
  if (!parsed.success) return ['croissant.json has no distribution'];
  const told = new Map(parsed.data.distribution.map((file) => [file.contentUrl, file.sha256]));
  return tables
    .flatMap(({ files }) => files)
    .filter(({ path, sha256 }) => told.get(path) !== sha256)
    .map(({ path }) => `croissant.json does not tell the hash of ${path}`);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const readText = (folder: string, name: string): Promise<string> => readFile(join(folder, name), 'utf8');

/** At most so many problems in the message. */
const mostTold = 10;

function damaged(folder: string, problems: readonly string[]): FleetError {
  const more = problems.length > mostTold ? `; and ${problems.length - mostTold} more` : '';
  return new FleetError('EXPORT_DAMAGED', `${folder}: ${problems.slice(0, mostTold).join('; ')}${more}`);
}
