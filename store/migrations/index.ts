import { initial } from './0001-initial.js';

export interface Migration {
  readonly version: number;
  readonly name: string;
  /** One or more statements; never changed once released. */
  readonly sql: string;
}

/** All migrations, in order; versions count from 1 without a gap. */
export const migrations: readonly Migration[] = [{ version: 1, name: 'initial', sql: initial }];
