import type { Labelled } from './partition.js';

type Labels = Pick<Labelled, 'classes' | 'classNames' | 'task'>;

/**
 * A label as messages name it: by its number, and by the name of its class where that tells more. For a
 * regression it is a bin of the targets, of which no user has heard before.
 */
export function labelWords({ classes, classNames = [], task }: Labels, label: number): string {
  if (task === 'regression')
    return `bin ${label} of the targets (0 to ${classes - 1}, see --distribution-bins)`;
  const name = classNames[label] ?? String(label);
  return `label ${name === String(label) ? name : JSON.stringify(name)}`;
}

/** How many labels there are, in the same terms. */
export function labelCountWords({ classes, task }: Labels): string {
  return task === 'regression'
    ? `${classes} bins of targets (see --distribution-bins; equal targets share one)`
    : `${classes} labels`;
}
