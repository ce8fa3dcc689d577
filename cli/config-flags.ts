import { type Command, Option } from 'commander';
import { type ConfigField, configFields } from '#protocol';

/**
 * Adds a flag for every field of the run configuration, from the schema alone, in groups.
 * @param isWanted only the fields that it accepts; all by default
 * @param unlessGiven what a command does in place of the default of a field; undefined where that holds
 */
export function addConfigFlags(
  command: Command,
  isWanted: (field: ConfigField) => boolean = () => true,
  unlessGiven: (field: ConfigField) => string | undefined = () => undefined,
): Command {
  for (const field of configFields()) {
    if (!isWanted(field)) continue;
    const isSwitch = field.jsonSchema.type === 'boolean';
    const value = isSwitch ? '' : ` <${field.placeholder ?? 'NAME'}>`;
    const option = new Option(`${field.flag}${value}`, describe(field, unlessGiven(field)));
    const { enum: choices } = field.jsonSchema;
    if (Array.isArray(choices)) {
      // The choices are for the help alone: the schema checks, and knows other spellings.
      option.choices(choices.map(String)).argParser((value) => value);
    }
    option.helpGroup(`${field.group}:`);
    // Kept under the schema's key: `--round-timeout` is `roundTimeoutS`.
    option.attributeName = () => field.key;
    if (field.repeatable === true) option.argParser(collect);
    command.addOption(option);
    // A switch that is not given leaves the default to the schema, too, or to a run file.
    if (isSwitch) command.setOptionValue(field.key, undefined);
  }
  return command;
}

/** Every value of a flag that is given several times. */
function collect(value: string, before: readonly string[] | undefined): string[] {
  return [...(before ?? []), value];
}

/**
 * The description with range and default, as far as the schema states them.
 * @param instead what holds in place of the default
 */
function describe({ description, jsonSchema }: ConfigField, instead: string | undefined): string {
  const notes: string[] = [];
  const { minimum, maximum, exclusiveMinimum, default: standard } = jsonSchema;
  const low = exclusiveMinimum === undefined ? minimum : `>${exclusiveMinimum}`;
  if (low !== undefined && maximum !== undefined) notes.push(`${low} to ${maximum}`);
  if (instead !== undefined) notes.push(instead);
  else if (Array.isArray(standard)) notes.push(`default: ${standard.join(',')}`);
  else if (standard !== undefined && !['object', 'boolean'].includes(typeof standard))
    notes.push(`default: ${standard}`);
  const text = instead === undefined ? description : withoutDefault(description);
  return notes.length > 0 ? `${text} (${notes.join('; ')})` : text;
}

/** Some descriptions end with a default in words. */
const withoutDefault = (description: string): string => description.replace(/; [^;]*\bdefault\b[^;]*$/, '');
