import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { DuckDBInstance } from '@duckdb/node-api';
import pg from 'pg';
import { to as copyTo } from 'pg-copy-streams';
import { openStore, tables } from '#store';
import { alternate } from './alternate.js';
import { machineVersions, median, print, rounded } from './report.js';

const schema = 'mlaas_bench_export';
const order = 'ts, client_id, boot, seq, sent_at';
const duckTypes = {
  text: 'VARCHAR',
  bool: 'BOOLEAN',
  int4: 'INTEGER',
  int8: 'BIGINT',
  float8: 'DOUBLE',
  timestamptz: 'TIMESTAMPTZ',
  jsonb: 'VARCHAR',
  'int4[]': 'INTEGER[]',
} as const;

/**
 * The whole command `mlaas export`, telemetry out of PostgreSQL into Parquet, against DuckDB: the same rows in the
 * same order out of the same server as CSV, through a pipe, into Parquet with the same compression and row groups.
 * `--rows=N` sets how many, `--runs=N` how often; it needs a server in MLAAS_BENCH_PG_URL.
 */
export default async function exportBench(cases: readonly string[]): Promise<void> {
  const url = process.env.MLAAS_BENCH_PG_URL;
  if (url === undefined) throw new Error('set MLAAS_BENCH_PG_URL to postgres://… with room for the rows');
  const flag = (name: string, standard: number): number =>
    Number(cases.find((one) => one.startsWith(`--${name}=`))?.slice(name.length + 3) ?? standard);
  const rows = flag('rows', 1_000_000);
  const runs = flag('runs', 3);
  const admin = new pg.Client({ connectionString: url });
  await admin.connect();
  const folder = mkdtempSync(join(tmpdir(), 'mlaas-bench-'));
  try {
    const db = await fill(admin, url, rows);
    let memoryMb = 0;
    const { ours, theirs } = await alternate(
      runs,
      async () => {
        const { seconds, peakMb } = await exportWithMlaas(db, join(folder, 'ours'));
        memoryMb = Math.max(memoryMb, peakMb);
        return rows / seconds;
      },
      async () => rows / (await exportWithDuckDb(db, join(folder, 'theirs.parquet'), folder)),
    );
    const line = { bench: 'export', runs, versions: machineVersions() };
    print({
      ...line,
      case: `postgres-to-parquet-${rows}`,
      value: rounded(median(ours)),
      unit: 'rows per second',
      ratio: rounded(median(ours) / median(theirs)),
      against: 'DuckDB: COPY TO STDOUT as CSV through a pipe, read_csv, COPY TO Parquet (zstd)',
      spread: [rounded(Math.min(...ours)), rounded(Math.max(...ours))],
    });
    print({
      ...line,
      case: `postgres-to-parquet-${rows}-memory`,
      value: rounded(memoryMb),
      unit: 'MB resident at the most',
      ratio: null,
      against: null,
      spread: [rounded(memoryMb), rounded(memoryMb)],
    });
  } finally {
    rmSync(folder, { recursive: true });
    await admin.query(`DROP SCHEMA IF EXISTS ${schema} CASCADE`);
    await admin.end();
  }
}

/** Telemetry of one run of 100 agents, in a schema of its own. @returns the URL that leads to it */
async function fill(admin: pg.Client, url: string, rows: number): Promise<string> {
  await admin.query(`DROP SCHEMA IF EXISTS ${schema} CASCADE; CREATE SCHEMA ${schema}`);
  const db = new URL(url);
  db.searchParams.set('options', `-c search_path=${schema}`);
  await (await openStore({ db: db.href, storeDir: '' })).close();
  await admin.query(`SET search_path = ${schema}`);
  await admin.query(`INSERT INTO runs SELECT (jsonb_populate_record(NULL::runs, $1)).*`, [
    JSON.stringify(benchRun),
  ]);
  const columns = Object.keys(tables.telemetry.columns).join(', ');
  await admin.query('SELECT setseed(0.5)');
  await admin.query(
    `INSERT INTO telemetry (${columns})
     SELECT 'bench', i % 100, 1767323045678 + i % 100, i / 100,
       t + random() * interval '5 ms', t, 1 + i / 20000, (ARRAY['training', 'waiting', 'uploading', 'idle'])[1 + i % 4],
       i * 0.001 + random(), random(), 150 + floor(random() * 1000) * 0.004096, i % 3, i * 37, i * 91,
       random() * 5
     FROM (SELECT i, timestamptz '2026-01-02 03:04:05Z' + i * interval '10 ms' AS t
       FROM generate_series(0, ${rows - 1}) AS i) AS s`,
  );
  await admin.query('ANALYZE');
  return db.href;
}

const emptyValues = {
  text: '',
  bool: false,
  int4: 0,
  int8: 0,
  float8: 0,
  timestamptz: '2026-01-02T03:04:05Z',
  jsonb: {},
  'int4[]': [],
} as const;

/** A run with nothing in it but its id. */
const benchRun = {
  ...Object.fromEntries(
    Object.entries(tables.runs.columns).map(([name, { type }]) => [name, emptyValues[type]]),
  ),
  run_id: 'bench',
};

const mlaas = fileURLToPath(new URL('../bin/mlaas.js', import.meta.url));

async function exportWithMlaas(db: string, out: string): Promise<{ seconds: number; peakMb: number }> {
  rmSync(out, { recursive: true, force: true });
  const began = performance.now();
  const args = [mlaas, 'export', '--db', db, '--run', 'bench', '--layer', 'telemetry', '--out', out];
  const child = spawn(process.execPath, args, { stdio: 'ignore' });
  const ended = once(child, 'exit').then(([code]) => {
    if (code !== 0) throw new Error(`${mlaas} ${args.join(' ')}: exit code ${code}`);
    return (performance.now() - began) / 1000;
  });
  let peakMb = 0;
  for (;;) {
    const seconds = await Promise.race([ended, delay(50, undefined)]);
    if (seconds !== undefined) return { seconds, peakMb };
    peakMb = Math.max(peakMb, highWaterMb(child.pid ?? 0));
  }
}

/** The largest resident memory that a process has had so far, as Linux keeps it; 0 where it is unknown. */
function highWaterMb(pid: number): number {
  try {
    return Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1000;
  } catch {
    return 0;
  }
}

async function exportWithDuckDb(db: string, out: string, folder: string): Promise<number> {
  const pipe = join(folder, 'rows.csv');
  rmSync(pipe, { force: true });
  execFileSync('mkfifo', [pipe]);
  const client = new pg.Client({ connectionString: db });
  await client.connect();
  const instance = await DuckDBInstance.create();
  const connection = await instance.connect();
  const names = Object.keys(tables.telemetry.columns).join(', ');
  const columns = Object.entries(tables.telemetry.columns)
    .map(([name, { type }]) => `'${name}': '${duckTypes[type]}'`)
    .join(', ');
  try {
    const began = performance.now();
    const rows = `SELECT ${names} FROM telemetry WHERE run_id = 'bench' ORDER BY ${order}`;
    await Promise.all([
      pipeline(client.query(copyTo(`COPY (${rows}) TO STDOUT WITH (FORMAT csv)`)), createWriteStream(pipe)),
      connection.run(
        `COPY (SELECT * FROM read_csv('${pipe}', header = false, columns = {${columns}}))
         TO '${out}' (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 122880)`,
      ),
    ]);
    return (performance.now() - began) / 1000;
  } finally {
    connection.closeSync();
    instance.closeSync();
    await client.end();
  }
}
