import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openStore, runTimeseries, type Store } from '#store';
import { createBenchDatabase, servers } from './bench-database.js';
import { machineVersions, median, print, rounded } from './report.js';
import { BenchRows, benchRun, makeBenchPartitions } from './telemetry-rows.js';

const defaultRows = 1_000_000;
const rowsPerRun = 1_000_000;
const rowsPerBatch = 100_000;
const runs = 9;

/**
 * How fast a full store answers, in milliseconds: `npm run bench -- query [timescale] [ROWS]`. The rows
 * are telemetry of runs with a million messages each; the questions are the dashboard's windows, from the
 * summaries, and a per-client time-bucket over one whole run, from the rows.
 */
export default async function query(given: readonly string[]): Promise<void> {
  const rows = Number(given.find((word) => /^\d+$/.test(word)) ?? defaultRows);
  const name = given.find((word) => !/^\d+$/.test(word)) ?? 'timescale';
  const server = servers[name];
  if (server === undefined) {
    process.stderr.write(`skipped: ${name}: no server is named\n`);
    return;
  }
  const database = await createBenchDatabase(server);
  const storeDir = mkdtempSync(join(tmpdir(), 'mlaas-bench-'));
  try {
    const store = await openStore({ db: database.url, storeDir });
    await makeBenchPartitions(store);
    await fill(store, rows);
    if (name === 'timescale') await store.administer({ task: 'compress' });
    else await store.administer({ task: 'vacuum' });
    const run = `${benchRun}-0`;
    const series = (bucket: string, minutes: number) => () =>
      runTimeseries(store, run, {
        metric: 'latency_ms',
        bucket,
        from: '2026-01-02T03:10:00Z',
        to: new Date(Date.UTC(2026, 0, 2, 3, 10 + minutes)).toISOString(),
      });
    const questions: Readonly<Record<string, () => Promise<unknown>>> = {
      'window-5min-by-1s': series('1s', 5),
      'window-30min-by-10s': series('10s', 30),
      'window-150min-by-1m': series('1m', 150),
      'one-run-by-client-and-minute': () =>
        store.query(
          `SELECT client_id, time_bucket(INTERVAL '1 minute', sent_at) AS bucket, count(*), avg(latency_ms),
             max(cpu_utilization)
           FROM telemetry WHERE run_id = $1 GROUP BY 1, 2`,
          { params: [run], maxRows: 1_000_000 },
        ),
    };
    for (const [question, ask] of Object.entries(questions)) {
      await ask();
      const measured: number[] = [];
      for (let i = 0; i < runs; i++) {
        const begun = performance.now();
        await ask();
        measured.push(performance.now() - begun);
      }
      print({
        bench: 'query',
        case: `${name}-${rows}-rows-${question}`,
        value: rounded(median(measured)),
        unit: 'ms',
        ratio: null,
        against: null,
        spread: [rounded(Math.min(...measured)), rounded(Math.max(...measured))],
        runs,
        versions: { ...machineVersions(), ...database.versions },
      });
    }
    await store.close();
  } finally {
    await database.remove();
    rmSync(storeDir, { recursive: true, force: true });
  }
}

async function fill(store: Store, rows: number): Promise<void> {
  for (let from = 0; from < rows; from += rowsPerBatch) {
    const run = `${benchRun}-${Math.floor(from / rowsPerRun)}`;
    const count = Math.min(rowsPerBatch, rows - from);
    const rowsOfRun = new BenchRows(run);
    if (from % rowsPerRun === 0) await store.write(rowsOfRun.run());
    await store.write({ telemetry: rowsOfRun.telemetry(from % rowsPerRun, count) });
  }
}
