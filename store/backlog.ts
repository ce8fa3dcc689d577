/** Rows that are accepted and not in the database yet. */
export interface Backlog {
  readonly rows: number;
  /** When the oldest of them came, in milliseconds since 1970; undefined when there is none. */
  readonly since: number | undefined;
}

export const noBacklog: Backlog = { rows: 0, since: undefined };
