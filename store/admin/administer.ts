import { FleetError } from '#protocol';
import type { Connection } from '../connection.js';
import { detectFeatures, hasTimescaleLicence } from '../layout/index.js';
import type { QueryResult } from '../query-result.js';
import type { AdminTask } from './admin-task.js';
import { compress, setRetention } from './columnstore.js';
import { dropRun } from './drop-run.js';
import { initialise } from './initialise.js';
import { storeStatus } from './status.js';

/**
 * Does an administrative task over a session of its own, outside a transaction.
 * @returns what was found or done, as rows for people
 * @throws FleetError RUN_UNKNOWN, STORE_FAILED where the database cannot do the task
 */
export async function administer(connection: Connection, task: AdminTask): Promise<QueryResult> {
  switch (task.task) {
    case 'init':
      await initialise(connection);
      return await storeStatus(connection);
    case 'status':
    case 'migrate':
      return await storeStatus(connection);
    case 'vacuum':
      await connection.run('VACUUM (ANALYZE)');
      return await storeStatus(connection);
    case 'compress':
      return await compress(connection, await requireTimescale(connection, 'compression'));
    case 'retention':
      return await setRetention(connection, await requireTimescale(connection, 'retention'), task.days);
    case 'drop-run':
      return await dropRun(connection, task.run, task.force);
  }
}

/** @returns the schema of TimescaleDB's functions */
async function requireTimescale(connection: Connection, what: string): Promise<string> {
  const features = await detectFeatures(connection);
  if (features.timescale !== undefined && hasTimescaleLicence(features)) return features.timescale.schema;
  const found =
    features.timescale === undefined
      ? `PostgreSQL ${features.serverVersion} without TimescaleDB`
      : `TimescaleDB ${features.timescale.version} under the Apache licence`;
  throw new FleetError(
    'STORE_FAILED',
    `${what} needs TimescaleDB under the Timescale License; this is ${found}`,
  );
}
