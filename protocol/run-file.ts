import { isMap, isNode, isScalar, LineCounter, parseDocument } from 'yaml';
import { FleetError } from './errors.js';
import { configFields, parseRunConfig, type RunConfig } from './run-config.js';

/** What a run file says, before it is validated. */
export interface RunFile {
  /** Raw values by field of the run configuration. */
  readonly values: Readonly<Record<string, unknown>>;
  /** Where a field's value stands, such as `run.yaml:3:10`; undefined for a field that the file lacks. */
  placeOf(key: string): string | undefined;
}

/**
 * Reads the text of a run file: YAML 1.2, one mapping from fields of the run configuration to values.
 * Values are checked later, by `parseRunConfig`, together with those of flags.
 *
 * @param text the file's text; an empty file is an empty mapping
 * @param name how the file is called in errors
 * @throws FleetError CONFIG_INVALID with line and column: not YAML, no mapping, a field twice or unknown
 * @example
 * const file = parseRunFile('clients: 20\nstrategy: dirichlet\n', 'run.yaml');
 * const config = resolveRunConfig(file, { clients: '5' });
 */
export function parseRunFile(text: string, name: string): RunFile {
  const lineCounter = new LineCounter();
  const document = parseDocument(text, { lineCounter, prettyErrors: false });
  const at = (offset: number): string => {
    const { line, col } = lineCounter.linePos(offset);
    return `${name}:${line}:${col}`;
  };
  const refuse = (offset: number, why: string): FleetError =>
    new FleetError('CONFIG_INVALID', `${at(offset)}: ${why}`);
  const [error] = document.errors;
  if (error !== undefined) throw refuse(error.pos[0], error.message);
  const places = new Map<string, string>();
  const { contents } = document;
  if (contents === null) return { values: {}, placeOf: (key) => places.get(key) };
  if (!isMap(contents)) throw refuse(contents.range?.[0] ?? 0, 'must be lines of the form `field: value`');
  const known = configFields().map(({ key, flag }) => ({ key: String(key), flag }));
  for (const { key, value } of contents.items) {
    const field = isScalar(key) ? String(key.value) : '';
    const start = isScalar(key) ? (key.range?.[0] ?? 0) : 0;
    if (!known.some((one) => one.key === field)) {
      throw refuse(start, `unknown field ${JSON.stringify(field)}${suggestion(field, known)}`);
    }
    const valueStart = isNode(value) ? value.range?.[0] : undefined;
    places.set(field, at(valueStart ?? start));
  }
  try {
    const values: Record<string, unknown> = document.toJS();
    return { values: withoutEmpty(values), placeOf: (key) => places.get(key) };
  } catch (cause) {
    // An alias without its anchor, or aliases that would grow beyond measure.
    throw new FleetError('CONFIG_INVALID', `${name}: ${cause instanceof Error ? cause.message : cause}`, {
      cause,
    });
  }
}

/**
 * The configuration of a run from a file and from flags; flags win.
 * @throws FleetError CONFIG_INVALID that names the flag, or the file with line and column
 */
export function resolveRunConfig(
  file: RunFile | undefined,
  flags: Readonly<Record<string, unknown>>,
): RunConfig {
  const given = withoutEmpty(flags);
  if (file === undefined) return parseRunConfig(given);
  return parseRunConfig({ ...file.values, ...given }, (key) =>
    key in given ? undefined : named(file.placeOf(key), key),
  );
}

const named = (place: string | undefined, key: string): string | undefined =>
  place === undefined ? undefined : `${place}: ${key}`;

/** A field without a value, as `sampleSize:` with nothing behind it, is a field that is not given. */
function withoutEmpty(values: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(values).filter(([, value]) => value !== undefined && value !== null),
  );
}

/** Names the field that was meant where somebody writes a flag's name, or other case and dashes. */
function suggestion(given: string, known: readonly { key: string; flag: string }[]): string {
  const plain = (text: string): string => text.replaceAll(/[^a-z0-9]/gi, '').toLowerCase();
  const meant = known.find(({ key, flag }) => [plain(key), plain(flag)].includes(plain(given)));
  return meant === undefined ? '; docs/configuration.md lists all' : `; write ${meant.key}`;
}
