import { FleetError } from '#protocol';
import { type Task, tasks } from '../combinations.js';

/** Runs of each task. */
export type TaskCounts = Readonly<Record<Task, number>>;

/**
 * Divides runs among the tasks.
 * @param split per cent of classification, regression and clustering, such as `60,25,15`
 * @returns counts that sum to `runs`; what rounding leaves goes to the largest remainders
 * @throws FleetError CONFIG_INVALID
 */
export function splitRuns(runs: number, split: string): TaskCounts {
  const shares = split.split(',').map((part) => (part.trim() === '' ? Number.NaN : Number(part)));
  const total = shares.reduce((a, b) => a + b, 0);
  if (
    shares.length !== tasks.length ||
    shares.some((share) => !(share >= 0)) ||
    Math.abs(total - 100) > 1e-9
  ) {
    throw new FleetError(
      'CONFIG_INVALID',
      `--task-split ${split}: must be three shares in per cent that sum to 100, for ${tasks.join(', ')}`,
    );
  }
  const exact = shares.map((share) => (runs * share) / 100);
  const counts = exact.map(Math.floor);
  const left = runs - counts.reduce((a, b) => a + b, 0);
  const byRemainder = exact
    .map((value, i) => ({ i, remainder: value - Math.floor(value) }))
    .sort((a, b) => b.remainder - a.remainder || a.i - b.i);
  for (const { i } of byRemainder.slice(0, left)) counts[i] = (counts[i] ?? 0) + 1;
  const [classification = 0, regression = 0, clustering = 0] = counts;
  return { classification, regression, clustering };
}
