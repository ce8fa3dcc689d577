import { createHash } from 'node:crypto';
import { type Connection, inTransaction, schemaLock } from '../connection.js';
import { views } from '../views/index.js';
import { dictionary } from './dictionary.js';
import { type DatabaseFeatures, hasPartitions, hasTimescaleLicence } from './features.js';
import { compressionObjects, hypertableObjects, timeIndex } from './hypertables.js';
import type { LayoutObject } from './layout-object.js';
import { partitionedTables, retentionTable } from './range-partitions.js';
import { aggregateObjects } from './telemetry-aggregates.js';
import { timeBucket } from './time-bucket.js';

export { type DatabaseFeatures, detectFeatures, hasPartitions, hasTimescaleLicence } from './features.js';

/** What belongs into a database of these features, in an order in which each stands after what it uses. */
function layoutOf(features: DatabaseFeatures): LayoutObject[] {
  const { timescale } = features;
  return [
    ...(timescale === undefined ? [timeBucket] : [...hypertableObjects(timescale), timeIndex]),
    ...(hasPartitions(features) ? [...partitionedTables, retentionTable] : []),
    ...(timescale !== undefined && hasTimescaleLicence(features) ? compressionObjects(timescale) : []),
    ...aggregateObjects(features),
    ...views.map(({ name, sql }) => ({
      name: `view ${name}`,
      create: `CREATE VIEW ${name} AS ${sql}`,
      drop: `DROP VIEW IF EXISTS ${name}`,
    })),
    dictionary,
  ];
}

const digest = (text: string): string => createHash('sha256').update(text).digest('hex');

interface MadeObject {
  readonly name: string;
  readonly digest: string | null;
  readonly drop: string | null;
}

/** What an earlier opening made, in the order of its making. */
async function madeObjects(connection: Connection): Promise<MadeObject[]> {
  const found = await connection.select(`SELECT to_regclass('store_layout')::text`);
  if (found.rows[0]?.[0] === null) return [];
  const { rows } = await connection.select(
    'SELECT object, digest, drop_sql FROM store_layout ORDER BY position',
  );
  return rows.map(([name, made, drop]) => ({ name: name ?? '', digest: made ?? null, drop: drop ?? null }));
}

const isView = ({ name }: { readonly name: string }): boolean => name.startsWith('view ');

/**
 * The wanted objects that are not in the database as they should be. A view may use what stands before
 * it, so from the first such object on, every view is made anew; that costs nothing, while a continuous
 * aggregate would lose what it has summed up.
 */
function staleOf(wanted: readonly LayoutObject[], made: readonly MadeObject[]): LayoutObject[] {
  const digests = new Map(made.map((object) => [object.name, object.digest]));
  const isStale = ({ name, create }: LayoutObject): boolean => digests.get(name) !== digest(create);
  const first = wanted.findIndex(isStale);
  return wanted.filter((object, i) => isStale(object) || (first !== -1 && i > first && isView(object)));
}

/**
 * Gives the migrated tables what this version wants beside them, in one transaction: what has changed
 * since it was made is made anew, what is no longer wanted goes. Nothing happens when all is as it
 * should be, so every opening of a store calls it.
 */
export async function applyLayout(connection: Connection, features: DatabaseFeatures): Promise<void> {
  const wanted = layoutOf(features);
  const isKept = ({ name }: MadeObject): boolean => wanted.some((object) => object.name === name);
  const before = await madeObjects(connection);
  if (before.every(isKept) && staleOf(wanted, before).length === 0) return;

  await inTransaction(connection, async () => {
    await connection.run(`SELECT pg_advisory_xact_lock(${schemaLock})`);
    const made = await madeObjects(connection);
    const stale = staleOf(wanted, made);
    // An object without a digest is one that `dropViews` has dropped already.
    const isGoing = (object: MadeObject): boolean =>
      object.digest !== null && (!isKept(object) || stale.some(({ name }) => name === object.name));
    // Backwards, because what stands later may use what stands before.
    await dropObjects(connection, made.filter(isGoing).reverse());
    for (const { create } of stale) await connection.run(create);
    await connection.run(
      `CREATE TABLE IF NOT EXISTS store_layout
         (object text PRIMARY KEY, position int4 NOT NULL, digest text, drop_sql text);
       DELETE FROM store_layout`,
    );
    for (const [position, { name, create, drop }] of wanted.entries()) {
      await connection.select('INSERT INTO store_layout VALUES ($1, $2, $3, $4)', [
        name,
        String(position),
        digest(create),
        drop ?? null,
      ]);
    }
  });
}

/**
 * Removes the views and functions, inside a transaction that would meet them: PostgreSQL changes no
 * column that a view uses. The next `applyLayout` makes them again.
 */
export async function dropViews(connection: Connection): Promise<void> {
  const going = (await madeObjects(connection)).filter(({ name }) => /^(view|function) /.test(name));
  await dropObjects(connection, going.reverse());
  for (const { name } of going) {
    await connection.select('UPDATE store_layout SET digest = NULL WHERE object = $1', [name]);
  }
}

async function dropObjects(connection: Connection, objects: readonly MadeObject[]): Promise<void> {
  for (const { drop } of objects) if (drop !== null) await connection.run(drop);
}
