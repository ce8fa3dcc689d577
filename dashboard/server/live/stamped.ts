/** A record with the number of the frame that tells of its last change. */
export interface Stamped<T> {
  readonly value: T;
  readonly changedIn: number;
}

/** The records that have changed after a frame. */
export const changedAfter = <T>(records: readonly Stamped<T>[], frame: number): T[] =>
  records.filter(({ changedIn }) => changedIn > frame).map(({ value }) => value);
