import type { Labelled } from './partition.js';

type Labels = Pick<Labelled, 'classes' | 'classNames'>;

/** A label as messages name it: by its number, and by the name of its class where that tells more. */
export function labelWords({ classNames = [] }: Labels, label: number): string {
  const name = classNames[label] ?? String(label);
  return `label ${name === String(label) ? name : JSON.stringify(name)}`;
}
