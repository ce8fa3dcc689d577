import { configFields } from '#protocol';
import { shellWord } from '../shell-word.js';

/**
 * The command that makes a run, for a POSIX shell.
 * @param settings raw values by field of the run configuration
 */
export function commandLine(settings: Readonly<Record<string, unknown>>): string {
  const flags = configFields().flatMap(({ key, flag }) => {
    const value = settings[key];
    if (value === undefined) return [];
    return [value].flat().map((one) => `${flag} ${shellWord(String(one))}`);
  });
  return ['npx mlaas generate', ...flags].join(' \\\n  ');
}
