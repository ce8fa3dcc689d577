/** A question about one run that is asked often. */
export interface NamedQuery {
  readonly name: string;
  readonly description: string;
  /** Its SQL, with the run's id as `$1`; runs on every database that a store can be. */
  readonly sql: string;
}
