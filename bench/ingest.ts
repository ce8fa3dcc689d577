import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as delay, setImmediate } from 'node:timers/promises';
import pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { encodeCopy } from '#internal/store/binary-copy.js';
import { RunEventStream } from '#protocol';
import { openStore, Recorder, type Store, type StoreAddress, tables } from '#store';
import { type BenchDatabase, createBenchDatabase, servers } from './bench-database.js';
import { machineVersions, median, print, rounded } from './report.js';
import { BenchRows, benchRun, makeBenchPartitions, runStarted, telemetryEvent } from './telemetry-rows.js';

const defaultRows = 300_000;
const runs = 3;
/** Rows on their way at most: what a fleet's burst may leave in memory. */
const maxUnderWay = 60_000;

/**
 * Telemetry through the whole writer (events, validation, batches, exactly-once) in rows per second,
 * against one raw COPY BINARY of the same rows, encoded before, into the same table of a server:
 * `npm run bench -- ingest postgres timescale embedded [ROWS]`. Servers are those of
 * `MLAAS_TEST_PG_URL` and `MLAAS_TEST_TIMESCALE_URL`.
 */
export default async function ingest(given: readonly string[]): Promise<void> {
  const rows = Number(given.find((word) => /^\d+$/.test(word)) ?? defaultRows);
  const named = given.filter((word) => !/^\d+$/.test(word));
  const cases = named.length > 0 ? named : ['postgres', 'timescale', 'embedded'];
  const raw: Record<string, number> = {};
  for (const name of cases) {
    if (name === 'embedded') {
      await embedded(rows, raw.postgres);
      continue;
    }
    const server = servers[name];
    if (server === undefined) process.stderr.write(`skipped: ${name}: no server is named\n`);
    else raw[name] = await onServer(name, server, rows);
  }
}

/** @returns the raw stream's rows per second */
async function onServer(name: string, server: string, rows: number): Promise<number> {
  const database = await createBenchDatabase(server);
  const storeDir = mkdtempSync(join(tmpdir(), 'mlaas-bench-'));
  const address = { db: database.url, storeDir };
  try {
    const made = await openStore(address);
    await makeBenchPartitions(made);
    await made.close();
    const ours: number[] = [];
    const raw: number[] = [];
    for (let run = 0; run < runs; run++) {
      // The same messages every time, in turns, so that the machine's moods meet both.
      await clear(database);
      raw.push(await rawCopy(database, rows));
      await clear(database);
      ours.push(await throughWriter(address, rows));
    }
    print({
      bench: 'ingest',
      case: `${name}-${rows}-rows`,
      value: rounded(median(ours)),
      unit: 'rows per second',
      ratio: rounded(median(ours) / median(raw)),
      against: `one raw COPY BINARY stream into the same table: ${rounded(median(raw))}`,
      spread: [rounded(Math.min(...ours)), rounded(Math.max(...ours))],
      runs,
      versions: { ...machineVersions(), ...database.versions },
    });
    return median(raw);
  } finally {
    await database.remove();
    rmSync(storeDir, { recursive: true, force: true });
  }
}

async function embedded(rows: number, rawOnPostgres: number | undefined): Promise<void> {
  const measured: number[] = [];
  for (let run = 0; run < runs; run++) {
    const storeDir = mkdtempSync(join(tmpdir(), 'mlaas-bench-'));
    try {
      measured.push(await throughWriter({ storeDir }, rows));
    } finally {
      rmSync(storeDir, { recursive: true, force: true });
    }
  }
  print({
    bench: 'ingest',
    case: `embedded-${rows}-rows`,
    value: rounded(median(measured)),
    unit: 'rows per second',
    ratio: rawOnPostgres === undefined ? null : rounded(median(measured) / rawOnPostgres),
    against:
      rawOnPostgres === undefined
        ? null
        : `one raw COPY BINARY stream into PostgreSQL: ${rounded(rawOnPostgres)}`,
    spread: [rounded(Math.min(...measured)), rounded(Math.max(...measured))],
    runs,
    versions: machineVersions(),
  });
}

async function clear({ admin }: BenchDatabase): Promise<void> {
  await admin.query('TRUNCATE runs, events, telemetry CASCADE');
  await admin.query('CHECKPOINT');
}

async function rawCopy({ url }: BenchDatabase, rows: number): Promise<number> {
  const { columns } = tables.telemetry;
  const pieces = [...encodeCopy(columns, new BenchRows(benchRun).telemetry(0, rows))];
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const begun = performance.now();
  await pipeline(
    Readable.from(pieces, { objectMode: false }),
    client.query(
      copyFrom(`COPY telemetry (${Object.keys(columns).join(', ')}) FROM STDIN WITH (FORMAT binary)`),
    ),
  );
  const seconds = (performance.now() - begun) / 1000;
  await client.end();
  return rows / seconds;
}

async function throughWriter(address: StoreAddress, rows: number): Promise<number> {
  const store: Store = await openStore(address);
  const events = new RunEventStream();
  let failure: Error | undefined;
  const recorder = new Recorder(store, events, (error) => {
    failure = error;
  });
  events.publish(runStarted(benchRun));
  const begun = performance.now();
  for (let i = 0; i < rows; i++) {
    events.publish(telemetryEvent(i));
    if (i % 1000 !== 999) continue;
    await setImmediate();
    while (failure === undefined && i - recorder.counts().telemetry > maxUnderWay) await delay(1);
  }
  await recorder.close();
  const seconds = (performance.now() - begun) / 1000;
  const stored = recorder.counts().telemetry;
  await store.close();
  if (failure !== undefined) throw failure;
  if (stored !== rows) throw new Error(`${stored} of ${rows} rows are stored`);
  return rows / seconds;
}
