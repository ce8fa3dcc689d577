/** Something that happens to a store by itself and that its user should know of. */
export interface StoreNotice {
  readonly level: 'info' | 'warn' | 'error';
  /**
   * `STORE_SPOOLING`: the server is away, batches wait on disk. `STORE_REPLAYED`: they are stored.
   * `SPOOL_DAMAGED`: some of them cannot be read any more; the message names them.
   * `STORE_LARGE`: the embedded store has outgrown its kind of database. `STORE_HELD_UP`: a query has kept it from
   * storing records for a while, so that what a run measured meanwhile may be too long.
   */
  readonly code: 'STORE_SPOOLING' | 'STORE_REPLAYED' | 'SPOOL_DAMAGED' | 'STORE_LARGE' | 'STORE_HELD_UP';
  readonly message: string;
}
