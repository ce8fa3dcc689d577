import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { FleetError } from '#protocol';

/** Version of the layout of an exported dataset; goes up when an older program could not read it. */
export const formatVersion = 1;
export const manifestName = 'dataset.json';

export const exportFormats = ['parquet', 'csv', 'arrow'] as const;
export type ExportFormat = (typeof exportFormats)[number];

const licenceIds = ['CC-BY-4.0', 'CC0-1.0'] as const;

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);

const columnSchema = z.object({
  name: z.string(),
  type: z.enum(['text', 'bool', 'int4', 'int8', 'float8', 'timestamptz', 'jsonb', 'int4[]']),
  nullable: z.literal(true).exactOptional(),
  unit: z.string().exactOptional(),
  provenance: z.enum(['key', 'configured', 'derived', 'modelled', 'measured']),
  description: z.string(),
});

const fileSchema = z.object({
  /** Relative to the dataset's folder, with slashes; never out of it. */
  path: z.string().regex(/^(?!.*\.\.)[\w.-]+(\/[\w.-]+)+$/),
  format: z.enum(exportFormats),
  rows: z.int().min(0),
  bytes: z.int().min(0),
  sha256,
});

const tableSchema = z.object({
  name: z.string(),
  kind: z.enum(['table', 'view']),
  description: z.string(),
  key: z.array(z.string()),
  rows: z.int().min(0),
  columns: z.array(columnSchema),
  /** Rows without a value, by nullable column. */
  nulls: z.record(z.string(), z.int().min(0)),
  files: z.array(fileSchema),
});

const manifestSchema = z.object({
  format: z.literal('mlaas-fleet dataset'),
  formatVersion: z.literal(formatVersion),
  /** Version of mlaas-fleet that wrote it. */
  generator: z.string(),
  exportedAt: z.iso.datetime(),
  layers: z.array(z.string()),
  publication: z.object({
    title: z.string(),
    version: z.string(),
    authors: z.array(z.string()),
    licence: z.enum(licenceIds),
    url: z.url().exactOptional(),
  }),
  runs: z.array(
    z.object({ runId: z.string(), name: z.string(), configSha256: z.string(), codeVersion: z.string() }),
  ),
  tables: z.array(tableSchema),
});

/** What an exported dataset says of itself: `dataset.json`, from which all its other papers are made. */
export type Manifest = Readonly<z.infer<typeof manifestSchema>>;
export type ManifestTable = Readonly<z.infer<typeof tableSchema>>;
export type ManifestFile = Readonly<z.infer<typeof fileSchema>>;

/**
 * Reads and checks a dataset's manifest.
 * @throws FleetError DATASET_INVALID when it is missing or damaged, EXPORT_VERSION when this program cannot
 * read a dataset of that version
 */
export async function readManifest(folder: string): Promise<Manifest> {
  let content: unknown;
  try {
    content = JSON.parse(await readFile(join(folder, manifestName), 'utf8'));
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new FleetError('EXPORT_DAMAGED', `${folder}: ${manifestName}: ${reason}`, { cause });
  }
  const version = z.object({ formatVersion: z.int() }).safeParse(content).data?.formatVersion;
  if (version !== undefined && version !== formatVersion) {
    throw new FleetError('EXPORT_VERSION', `format ${version}, this program reads format ${formatVersion}`);
  }
  const parsed = manifestSchema.safeParse(content);
  if (!parsed.success) {
    throw new FleetError('EXPORT_DAMAGED', `${folder}: ${manifestName}: ${z.prettifyError(parsed.error)}`);
  }
  return parsed.data;
}
