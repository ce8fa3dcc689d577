import { z } from 'zod';
import { aggregationFields } from './aggregation-fields.js';
import { assertCompatible } from './config-contradictions.js';
import type { FieldMeta } from './config-field.js';
import { dataFields, dataFolderFields } from './data-fields.js';
import { FleetError } from './errors.js';
import { fleetFields, participationFields } from './fleet-fields.js';
import { canonicalJson, sha256 } from './hash.js';
import { modelFields } from './model-fields.js';
import { outputFields } from './output-fields.js';
import { partitionFields, resolvePartition } from './partition-fields.js';
import { serviceFields } from './service-fields.js';
import { trainingFields } from './training-fields.js';

/** Every setting of a run: the one source of flags, help, defaults, ranges and validation. */
export const runConfigSchema = z.strictObject({
  ...dataFields,
  ...partitionFields,
  ...dataFolderFields,
  ...modelFields,
  ...trainingFields,
  ...participationFields,
  ...aggregationFields,
  ...fleetFields,
  ...serviceFields,
  ...outputFields,
});

/** The validated, frozen configuration of one run. */
export type RunConfig = Readonly<z.output<typeof runConfigSchema>>;
export type RunConfigInput = z.input<typeof runConfigSchema>;

export interface ConfigField extends FieldMeta {
  readonly key: keyof RunConfig;
  /** JSON Schema of the accepted value: type, default, range, choices. */
  readonly jsonSchema: Readonly<Record<string, unknown>>;
}

/** All fields with flag, help, default and range, in the order of the schema. */
export function configFields(): readonly ConfigField[] {
  describedFields ??= Object.freeze(describeFields());
  return describedFields;
}

/** Made once, when first asked for: to describe the schema takes longer than to parse with it. */
let describedFields: readonly ConfigField[] | undefined;

function describeFields(): ConfigField[] {
  const json = z.toJSONSchema(runConfigSchema, { io: 'output', unrepresentable: 'any' });
  return Object.entries(json.properties ?? {}).map(([key, property]) => {
    const { flag, placeholder, group, scope, description, repeatable, ...jsonSchema } =
      property as FieldMeta & Record<string, unknown>;
    return {
      key: key as keyof RunConfig,
      flag,
      group,
      scope,
      description,
      ...(placeholder === undefined ? {} : { placeholder }),
      ...(repeatable === undefined ? {} : { repeatable }),
      jsonSchema,
    };
  });
}

/**
 * Validates raw values (from flags, a file or HTTP) and freezes the result.
 * @param nameOf what an error calls a field, such as its place in a file; undefined: its flag
 * @throws FleetError CONFIG_INVALID that names the flag, the value and what is allowed
 */
export function parseRunConfig(
  input: Readonly<Record<string, unknown>>,
  nameOf: (key: string) => string | undefined = () => undefined,
): RunConfig {
  const given = Object.fromEntries(Object.entries(input).filter(([, value]) => value !== undefined));
  // A task that only one family can learn.
  if (given.taskType === 'clustering') given.modelType ??= 'kmeans';
  const parsed = runConfigSchema.safeParse(given);
  if (!parsed.success) throw new FleetError('CONFIG_INVALID', describeIssues(parsed.error, given, nameOf));
  const config = resolvePartition(parsed.data);
  assertCompatible(config);
  return deepFreeze(config);
}

function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value;
  for (const part of Object.values(value)) deepFreeze(part);
  return Object.freeze(value);
}

function describeIssues(
  error: z.ZodError,
  given: Readonly<Record<string, unknown>>,
  nameOf: (key: string) => string | undefined,
): string {
  const issue = error.issues[0];
  if (issue === undefined) return 'unknown';
  if (issue.path.length === 0) return issue.message;
  const key = String(issue.path[0]);
  const shape: Record<string, z.ZodType> = runConfigSchema.shape;
  const flag = nameOf(key) ?? (shape[key]?.meta() as FieldMeta | undefined)?.flag ?? key;
  const value = key in given ? ` ${JSON.stringify(given[key])}` : '';
  const wanted = issue.code === 'invalid_type' ? wantedKinds[issue.expected] : undefined;
  return `${flag}${value}: ${wanted ?? issue.message}`;
}

/** What a value has to be, in words for people. */
const wantedKinds: Readonly<Record<string, string>> = {
  number: 'must be a number',
  int: 'must be a whole number',
};

/** The fields that decide what a run computes. */
export function experimentOf(config: RunConfig): Record<string, unknown> {
  const shape: Record<string, z.ZodType> = runConfigSchema.shape;
  return Object.fromEntries(
    Object.entries(config).filter(
      ([key]) => (shape[key]?.meta() as FieldMeta | undefined)?.scope === 'experiment',
    ),
  );
}

/** SHA-256 of the experiment's fields: equal for runs that must give equal learning results. */
export function configHash(config: RunConfig): string {
  return sha256(canonicalJson(experimentOf(config)));
}
