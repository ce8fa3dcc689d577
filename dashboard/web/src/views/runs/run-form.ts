import { askServer } from '../../state/http.js';

/** A field of the run configuration, as its schema describes it. */
export interface FormField {
  readonly key: string;
  readonly group: string;
  readonly description: string;
  readonly jsonSchema: {
    readonly type?: string;
    readonly enum?: readonly string[];
    readonly default?: unknown;
    readonly minimum?: number;
    readonly maximum?: number;
  };
}

/** What the form holds of a field: the text of its control, or whether it is ticked; absent: its default. */
export type Entry = string | boolean;
export type Entries = Readonly<Record<string, Entry>>;

/** A field that has an effect only with some values of another: which, of what, and those values. */
type SettingReader = readonly [key: string, choice: string, values: readonly string[]];

export interface RunForm {
  readonly fields: readonly FormField[];
  /** What the last run had other than by default. */
  readonly entries: Entries;
  /** Fields that mean something else, or nothing, with another strategy. */
  readonly strategyFields: readonly string[];
  readonly settingReaders: readonly SettingReader[];
}

/** @throws Error when the server gives no form */
export async function fetchRunForm(signal: AbortSignal): Promise<RunForm> {
  const body = await askServer('/api/run-form', { signal });
  if (!isForm(body)) throw new Error('the server gave no form');
  const known = Object.fromEntries(body.fields.map((field) => [field.key, field]));
  const entries = Object.entries(body.values).flatMap(([key, value]) => {
    const field = known[key];
    return field === undefined ? [] : [[key, entryOf(field, value)] as const];
  });
  const { fields, strategyFields, settingReaders } = body;
  return { fields, entries: Object.fromEntries(entries), strategyFields, settingReaders };
}

type FormAnswer = Omit<RunForm, 'entries'> & { readonly values: Readonly<Record<string, unknown>> };

/** Checks the outside only: page and server are of one build. */
const isForm = (body: unknown): body is FormAnswer =>
  typeof body === 'object' && body !== null && 'fields' in body && Array.isArray(body.fields);

const isTable = ({ jsonSchema }: FormField): boolean => jsonSchema.type === 'object';

function entryOf(field: FormField, value: unknown): Entry {
  if (typeof value === 'boolean') return value;
  return isTable(field) ? JSON.stringify(value) : String(value);
}

/** What a field is when its control is left empty, as text. */
export function standardOf(field: FormField): string {
  const { default: standard } = field.jsonSchema;
  return standard === undefined ? '' : String(entryOf(field, standard));
}

/** The fields that have an effect beside what is entered: the server takes no others. */
export function fieldsWithEffect({ fields, settingReaders }: RunForm, entries: Entries): FormField[] {
  const entered = (key: string): string => {
    const field = fields.find((other) => other.key === key);
    return String(entries[key] ?? (field === undefined ? '' : standardOf(field)));
  };
  return fields.filter(({ key }) =>
    settingReaders.every(([setting, choice, values]) => setting !== key || values.includes(entered(choice))),
  );
}

/**
 * The settings that the entries ask for, as the server takes them: texts as flags give them.
 * @throws Error that names the field whose text is no JSON object
 */
export function settingsOf(fields: readonly FormField[], entries: Entries): Record<string, unknown> {
  const settings = fields.flatMap((field) => {
    const entry = entries[field.key];
    if (entry === undefined || entry === '') return [];
    return [[field.key, isTable(field) ? tableOf(field.key, String(entry)) : entry]];
  });
  return Object.fromEntries(settings);
}

function tableOf(key: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Error(`${key}: must be a JSON object, such as {"key": "value"}`);
  }
}
