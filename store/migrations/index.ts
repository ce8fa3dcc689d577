import { initial } from './0001-initial.js';
import { partitionMap } from './0002-partition-map.js';
import { quality } from './0003-quality.js';
import { epochs } from './0004-epochs.js';
import { availability } from './0005-availability.js';
import { runNotes } from './0006-run-notes.js';
import { messages } from './0007-messages.js';

export interface Migration {
  readonly version: number;
  readonly name: string;
  /** One or more statements; never changed once released. */
  readonly sql: string;
}

/** All migrations, in order; versions count from 1 without a gap. */
export const migrations: readonly Migration[] = [
  { version: 1, name: 'initial', sql: initial },
  { version: 2, name: 'partition-map', sql: partitionMap },
  { version: 3, name: 'quality', sql: quality },
  { version: 4, name: 'epochs', sql: epochs },
  { version: 5, name: 'availability', sql: availability },
  { version: 6, name: 'run-notes', sql: runNotes },
  { version: 7, name: 'messages', sql: messages },
];
