import type { Connection } from '../connection.js';
import { detectFeatures } from '../layout/index.js';
import { homeStrays } from '../partitions/home-strays.js';
import { makePartitions, tendPartitions } from '../partitions/make-partitions.js';
import type { QueryResult } from '../query-result.js';
import type { AdminTask } from './admin-task.js';
import { compress } from './columnstore.js';
import { dropRun } from './drop-run.js';
import { initialise } from './initialise.js';
import { requireTimescale } from './require-timescale.js';
import { setRetention } from './retention.js';
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
    case 'partition':
      await makePartitions(connection, task.spans);
      return await storeStatus(connection);
    case 'vacuum':
      await tendPartitions(connection);
      await homeStrays(connection);
      await connection.run('VACUUM (ANALYZE)');
      return await storeStatus(connection);
    case 'compress':
      return await compress(
        connection,
        requireTimescale(
          await detectFeatures(connection),
          'compression needs TimescaleDB under the Timescale License',
        ),
      );
    case 'retention':
      return await setRetention(connection, task.days);
    case 'drop-run':
      return await dropRun(connection, task.run, task.force);
  }
}
