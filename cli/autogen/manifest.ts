import { createReadStream } from 'node:fs';
import { configFields, FleetError, parseRunConfig, type RunConfig } from '#protocol';
import { csvLine } from '#store';
import { csvTexts } from '../merge/csv-records.js';
import { writeChunks } from '../output-file.js';
import type { PlannedRun } from './draw-plan.js';

/** A run of a manifest. */
export interface ManifestRow extends PlannedRun {
  readonly enabled: boolean;
  readonly config: RunConfig;
}

/** A run that failed, for the retry manifest. */
export interface FailedRun extends PlannedRun {
  readonly stage: string;
  readonly reason: string;
}

/** What a retry manifest adds; read back, it is ignored. */
const failureColumns = ['stage', 'reason'] as const;

/** Spreadsheets write TRUE, other programs 1. */
const switches: ReadonlyMap<string, boolean> = new Map([
  ['true', true],
  ['1', true],
  ['false', false],
  ['0', false],
]);

/** Writes runs as a manifest: `enabled`, `name`, and a column for every setting that some run has. */
export async function writeManifest(path: string, runs: readonly (PlannedRun | FailedRun)[]): Promise<void> {
  const used = new Set(runs.flatMap(({ settings }) => Object.keys(settings)));
  const keys = configFields()
    .map(({ key }) => String(key))
    .filter((key) => used.has(key) && key !== 'name');
  const hasFailures = runs.some((run) => 'reason' in run);
  const header = ['enabled', 'name', ...keys, ...(hasFailures ? failureColumns : [])];
  const lines = runs.map((run) => [
    'true',
    run.name,
    ...keys.map((key) => cell(run.settings[key])),
    ...('reason' in run ? [run.stage, run.reason] : []),
  ]);
  await writeChunks(path, chunks([header, ...lines]));
}

async function* chunks(lines: readonly (readonly string[])[]): AsyncGenerator<string> {
  for (const line of lines) yield csvLine(line);
}

function cell(value: unknown): string {
  if (Array.isArray(value)) return value.join(',');
  if (value === undefined || value === null) return '';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

/**
 * Reads a manifest and validates every enabled row, before any run.
 * @param shared settings of all runs, such as where the data lies; a row may not have them
 * @throws FleetError CONFIG_INVALID with the line, or CSV_INVALID
 */
export async function readManifest(
  path: string,
  shared: Readonly<Record<string, unknown>>,
): Promise<ManifestRow[]> {
  const rows: ManifestRow[] = [];
  const names = new Map<string, number>();
  let header: readonly string[] | undefined;
  for await (const { line, fields } of csvTexts(createReadStream(path), path)) {
    if (header === undefined) {
      header = checkedHeader(fields, path);
      continue;
    }
    const row = readRow(header, fields, `${path}:${line}`, shared);
    const earlier = names.get(row.name);
    if (earlier !== undefined) {
      throw new FleetError('CONFIG_INVALID', `${path}:${line}: name ${row.name} is that of line ${earlier}`);
    }
    names.set(row.name, line);
    rows.push(row);
  }
  return rows;
}

function checkedHeader(header: readonly string[], path: string): readonly string[] {
  const known = new Set([
    'enabled',
    'name',
    ...failureColumns,
    ...configFields().map(({ key }) => String(key)),
  ]);
  const unknown = header.find((name) => !known.has(name));
  if (unknown !== undefined) {
    throw new FleetError(
      'CONFIG_INVALID',
      `${path}:1: unknown column ${JSON.stringify(unknown)}; docs/configuration.md lists the fields`,
    );
  }
  for (const name of ['enabled', 'name']) {
    if (!header.includes(name)) throw new FleetError('CONFIG_INVALID', `${path}:1: no column ${name}`);
  }
  return header;
}

function readRow(
  header: readonly string[],
  fields: readonly string[],
  place: string,
  shared: Readonly<Record<string, unknown>>,
): ManifestRow {
  const given = Object.fromEntries(header.map((name, i) => [name, fields[i] ?? '']));
  const { enabled = '', name = '', stage: _stage, reason: _reason, ...cells } = given;
  const isEnabled = switches.get(enabled.toLowerCase());
  if (isEnabled === undefined) {
    throw new FleetError(
      'CONFIG_INVALID',
      `${place}: enabled ${JSON.stringify(enabled)}: must be true or false`,
    );
  }
  if (name === '') throw new FleetError('CONFIG_INVALID', `${place}: a run needs a name`);
  const settings = Object.fromEntries(
    Object.entries(cells)
      .filter(([, text]) => text !== '')
      .map(([key, text]) => [key, text.startsWith('{') ? parseJson(text, `${place}: ${key}`) : text]),
  );
  const both = Object.keys(settings).find((key) => shared[key] !== undefined);
  if (both !== undefined) {
    throw new FleetError('CONFIG_INVALID', `${place}: ${both} is set by a flag and by the manifest`);
  }
  // A row that is switched off may be wrong: that may be why.
  const config = isEnabled
    ? parseRunConfig({ ...settings, ...shared, name }, (key) => `${place}: ${key}`)
    : parseRunConfig({});
  return { name, settings, enabled: isEnabled, config };
}

function parseJson(text: string, place: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new FleetError('CONFIG_INVALID', `${place} ${text}: not JSON`, { cause });
  }
}
