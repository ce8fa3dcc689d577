import { readFile } from 'node:fs/promises';

/** What a dataset may be published under. The texts lie in docs/licences/. */
export const licences = {
  'CC-BY-4.0': 'https://creativecommons.org/licenses/by/4.0/',
  'CC0-1.0': 'https://creativecommons.org/publicdomain/zero/1.0/',
} as const;

/** The licence's whole text, by its SPDX identifier. */
export async function licenceText(licence: string): Promise<string> {
  return await readFile(new URL(`../../../docs/licences/${licence}.txt`, import.meta.url), 'utf8');
}
