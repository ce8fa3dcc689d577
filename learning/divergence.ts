import { FleetError } from '#protocol';

/** The failure of a training whose numbers are no longer finite. */
export function diverged(what: string, step: number, steps: number): FleetError {
  return new FleetError('TRAINING_FAILED', `${what} at step ${step} of ${steps}`);
}

/** By index, which takes a sixth of the time of an iterator. */
export function allFinite(values: Float32Array): boolean {
  for (let i = 0; i < values.length; i++) if (!Number.isFinite(values[i])) return false;
  return true;
}
