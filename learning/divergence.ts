import { FleetError } from '#protocol';

/** The failure of a training whose numbers are no longer finite. */
export function diverged(what: string, step: number, steps: number): FleetError {
  return new FleetError('TRAINING_FAILED', `${what} at step ${step} of ${steps}`);
}

/** By three searches, which run in V8's own code: together a sixth of the time of a loop that is not compiled yet. */
export function allFinite(values: Float32Array): boolean {
  return ![Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY].some((value) =>
    values.includes(value),
  );
}
