import { stringify } from 'yaml';
import type { Manifest } from './manifest.js';

/** CITATION.cff, Citation File Format 1.2.0. */
export function citation({ publication, exportedAt, generator, runs }: Manifest): string {
  const { title, version, authors, licence, url } = publication;
  return stringify({
    'cff-version': '1.2.0',
    message: 'If you use this dataset, please cite it as below.',
    type: 'dataset',
    title,
    version,
    'date-released': exportedAt.slice(0, 10),
    license: licence,
    ...(url === undefined ? {} : { url }),
    authors: authors.map((name) => ({ name })),
    abstract: `${summary(runs.length)} Generated with mlaas-fleet ${generator}.`,
  });
}

/** The dataset in one sentence. */
export const summary = (runs: number): string =>
  `Quality-of-service and learning records of ${runs} simulated federated run${runs === 1 ? '' : 's'} of MLaaS (Machine Learning as a Service) providers.`;

/** The dataset as a BibTeX entry. */
export function bibtex({ publication, exportedAt, generator }: Manifest): string {
  const { title, version, authors, url } = publication;
  const fields = [
    `  title = {{${title}}}`,
    `  author = {${authors.map((name) => `{${name}}`).join(' and ')}}`,
    `  year = {${exportedAt.slice(0, 4)}}`,
    `  version = {${version}}`,
    ...(url === undefined ? [] : [`  url = {${url}}`]),
    `  note = {Generated with mlaas-fleet ${generator}}`,
  ];
  return `@misc{${slug(title)},\n${fields.join(',\n')}\n}`;
}

/** Lower-case letters, digits and hyphens. */
export const slug = (text: string): string =>
  text
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '') || 'dataset';
