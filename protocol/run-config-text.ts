import { stringify } from 'yaml';
import { configFields, type RunConfig } from './run-config.js';
import { shownSetting } from './without-password.js';

/**
 * The text of a run file that says the whole configuration, in groups; fields that are not set stand
 * there as comments. `parseRunFile` of it gives the same configuration again, but for the passwords
 * of URLs, which are left out.
 */
export function runConfigYaml(config: RunConfig): string {
  const lines: string[] = [];
  let current = '';
  for (const { key, group, description } of configFields()) {
    if (group !== current) lines.push(...(current === '' ? [] : ['']), `# ${group}`);
    current = group;
    const value = shownSetting(config[key]);
    lines.push(value === undefined ? `# ${key}: ${description}` : line(key, value));
  }
  return `${lines.join('\n')}\n`;
}

/** The configuration as a JSON object, without passwords and fields that are not set. */
export function shownRunConfig(config: RunConfig): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(config).flatMap(([key, value]) => {
      const shown = shownSetting(value);
      return shown === undefined ? [] : [[key, shown]];
    }),
  );
}

/** JSON Schema (draft 2020-12) of a run file: for editors, and for programs that write such files. */
export function runConfigJsonSchema(): Record<string, unknown> {
  const properties = configFields().map(({ key, description, jsonSchema }) => [
    key,
    { description, ...jsonSchema },
  ]);
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'Run configuration of mlaas-fleet',
    type: 'object',
    properties: Object.fromEntries(properties),
    additionalProperties: false,
  };
}

const line = (key: string, value: unknown): string =>
  stringify({ [key]: value }, { collectionStyle: 'flow', lineWidth: 0, flowCollectionPadding: false })
    .trim()
    .replace(/^\{(.*)\}$/, '$1');
