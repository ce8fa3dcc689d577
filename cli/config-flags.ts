import { type Command, Option } from 'commander';
import { type ConfigField, configFields } from '#protocol';

/** Adds a flag for every field of the run configuration, from the schema alone, in groups. */
export function addConfigFlags(command: Command): Command {
  for (const field of configFields()) {
    const option = new Option(`${field.flag} <${field.placeholder ?? 'NAME'}>`, describe(field));
    const { enum: choices } = field.jsonSchema;
    if (Array.isArray(choices)) option.choices(choices.map(String));
    option.helpGroup(`${field.group}:`);
    // Kept under the schema's key: `--round-timeout` is `roundTimeoutS`.
    option.attributeName = () => field.key;
    command.addOption(option);
  }
  return command;
}

/** The description with range and default, as far as the schema states them. */
function describe({ description, jsonSchema }: ConfigField): string {
  const notes: string[] = [];
  const { minimum, maximum, exclusiveMinimum, default: standard } = jsonSchema;
  const low = exclusiveMinimum === undefined ? minimum : `>${exclusiveMinimum}`;
  if (low !== undefined && maximum !== undefined) notes.push(`${low} to ${maximum}`);
  if (standard !== undefined)
    notes.push(`default: ${Array.isArray(standard) ? standard.join(',') : standard}`);
  return notes.length > 0 ? `${description} (${notes.join('; ')})` : description;
}
