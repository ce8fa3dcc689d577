/**
 * The thread that the embedded database (PGlite: PostgreSQL as WebAssembly) runs in, so that a long
 * statement never blocks the process that uses it.
 */
import { setFlagsFromString } from 'node:v8';
import { parentPort } from 'node:worker_threads';
import { messages, PGlite } from '@electric-sql/pglite';
import { FleetError } from '#protocol';
import { administer } from './admin/administer.js';
import { databaseSize } from './admin/status.js';
import { type Connection, inTransaction, type TextResult } from './connection.js';
import { FolderSync } from './folder-sync.js';
import { prepareSchema } from './migrate.js';
import { PagedCopy } from './paged-copy.js';
import { readQuery, typeNames } from './read-query.js';
import { findReadRole, lockReadRole } from './read-role.js';
import { endDeadRuns } from './run-claim.js';
import type { WorkerReply, WorkerRequest } from './worker-messages.js';
import { BatchWriter } from './write-batch.js';

/**
 * PostgreSQL's default of 128 MB is memory that this process would hold for good; the folder's files
 * are in the operating system's cache anyway.
 */
const settings = ['shared_buffers=32MB', 'timezone=UTC'];

/**
 * V8 compiles a WebAssembly function a second time, optimised, once it has run this much (default 1.8 million,
 * about its bytes). Most of a short run's CPU time would go into that; a long one gets there soon anyway.
 */
setFlagsFromString('--wasm-tiering-budget=200000000');

type AsText = Record<number, (value: string) => string>;

class PgliteConnection implements Connection {
  readonly embedded = true;
  readonly #db: PGlite;
  #asText: AsText = {};

  constructor(db: PGlite) {
    this.#db = db;
  }

  /** Leaves values of these types in PostgreSQL's text form, both ways. */
  keepText(oids: Iterable<number>): void {
    this.#asText = Object.fromEntries(Array.from(oids, (oid) => [oid, (value: string) => value]));
  }

  async run(sql: string): Promise<number> {
    return (await this.#db.exec(sql)).at(-1)?.affectedRows ?? 0;
  }

  async select(sql: string, params: readonly (string | null)[] = []): Promise<TextResult> {
    const { fields, rows } = await this.#db.query<(string | null)[]>(sql, [...params], {
      rowMode: 'array',
      parsers: this.#asText,
      serializers: this.#asText,
    });
    return { columns: fields.map(({ name, dataTypeID }) => ({ name, oid: dataTypeID })), rows };
  }

  /** From a blob: COPY FROM STDIN over PGlite's wire protocol aborts the database. */
  async copyIn(
    target: string,
    columns: readonly string[],
    pieces: Iterable<Uint8Array<ArrayBuffer>>,
  ): Promise<void> {
    const sql = `COPY ${target} (${columns.join(', ')}) FROM '/dev/blob' WITH (FORMAT binary)`;
    await this.#db.query(sql, [], { blob: new Blob([...pieces]) });
  }
}

interface OpenDatabase {
  readonly db: PGlite;
  readonly connection: PgliteConnection;
  readonly writer: BatchWriter;
  readonly types: ReadonlyMap<number, string>;
  readonly readRole: string;
  readonly files: FolderSync;
  readonly copies: PagedCopy;
}

/** The database's last words, for the message of a start that failed. */
const complaints: string[] = [];

/**
 * After a PANIC, such as a disk without space for the log, PostgreSQL ends its process, but PGlite goes on
 * with a broken one, without an end. So this thread ends instead; the next one recovers the database.
 */
function die(text: string): void {
  const detail = text.replace(/^.*PANIC:\s*/, '').trim();
  parentPort?.postMessage({ ok: false, code: undefined, detail, fatal: true } satisfies WorkerReply);
  process.exit(1);
}

async function start(folder: string): Promise<PGlite> {
  return await PGlite.create(folder, {
    startParams: [...PGlite.defaultStartParams, ...settings.flatMap((setting) => ['-c', setting])],
    onStderr: (text) => {
      complaints.push(text.trim());
      if (complaints.length > 5) complaints.shift();
      if (text.includes('PANIC:')) die(text);
      return true;
    },
    onStdout: () => true,
  });
}

async function create(folder: string): Promise<void> {
  const db = await start(folder);
  await db.close();
}

async function open(folder: string, endRuns: boolean): Promise<OpenDatabase> {
  const db = await start(folder);
  const connection = new PgliteConnection(db);
  await prepareSchema(connection);
  if (endRuns) await inTransaction(connection, () => endDeadRuns(connection));
  const types = await typeNames(connection);
  const readRole = (await findReadRole(connection)) ?? 'pg_read_all_data';
  await lockReadRole(connection, readRole);
  connection.keepText(types.keys());
  return {
    db,
    connection,
    types,
    readRole,
    writer: new BatchWriter(connection),
    files: new FolderSync(folder),
    copies: new PagedCopy(db),
  };
}

let database: OpenDatabase | undefined;

function opened(): OpenDatabase {
  if (database === undefined) throw new Error('the database is not open');
  return database;
}

async function perform({ task, input }: WorkerRequest): Promise<unknown> {
  switch (task) {
    case 'create':
      return await create(input.folder);
    case 'open':
      database = await open(input.folder, input.endRuns);
      return { bytes: await databaseSize(database.connection) };
    case 'write':
      return await opened().writer.write(input.copies);
    case 'query': {
      const { connection, types, readRole } = opened();
      // Besides writing to tables, the database's superuser could read and write files of its folder.
      return await readQuery(connection, types, { ...input, settings: [`SET LOCAL ROLE ${readRole}`] });
    }
    case 'administer':
      return await administer(opened().connection, input);
    case 'beginSnapshot':
      return await opened().copies.begin();
    case 'openCopy':
      return await opened().copies.open(input.select, input.columns);
    case 'nextCopy':
      return await opened().copies.next();
    case 'endSnapshot':
      return await opened().copies.end();
    case 'checkpoint': {
      const { connection, files } = opened();
      await connection.run('CHECKPOINT');
      return files.sync();
    }
    case 'close': {
      const { db, connection, files } = opened();
      await connection.run('CHECKPOINT');
      await db.close();
      return files.sync();
    }
  }
}

function failure(error: unknown): WorkerReply {
  if (error instanceof FleetError) return { ok: false, code: error.code, detail: error.detail, fatal: false };
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof messages.DatabaseError) {
    return { ok: false, code: undefined, detail: message, fatal: false };
  }
  return { ok: false, code: undefined, detail: [message, ...complaints].join('; '), fatal: true };
}

parentPort?.on('message', async (request: WorkerRequest) => {
  let reply: WorkerReply;
  try {
    reply = { ok: true, output: await perform(request) };
  } catch (error) {
    reply = failure(error);
  }
  parentPort?.postMessage(reply);
});
