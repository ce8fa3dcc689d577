import { configFields } from '#protocol';

/**
 * The command that makes a run, for a POSIX shell.
 * @param settings raw values by field of the run configuration
 */
export function commandLine(settings: Readonly<Record<string, unknown>>): string {
  const flags = configFields().flatMap(({ key, flag }) => {
    const value = settings[key];
    if (value === undefined) return [];
    return [value].flat().map((one) => `${flag} ${quoted(String(one))}`);
  });
  return ['npx mlaas generate', ...flags].join(' \\\n  ');
}

const quoted = (text: string): string =>
  /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
