import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { askNamedQuery, openStore, runTimeseries, type Store } from '#store';
import { machineVersions, median, print, rounded } from './report.js';
import { BenchRows, benchRun } from './telemetry-rows.js';

const defaultRows = 1_000_000;
const rowsPerRun = 1_000_000;
/** As many as the recorder writes at once. */
const rowsPerBatch = 5000;
const asked = 5;

/**
 * What an embedded store of many rows is like: `npm run bench -- embedded [ROWS]`, telemetry in runs of a million
 * messages each. Written, batch by batch, in rows per second of each million; its size; the memory of the
 * process; opening it; and questions to it, of one run and of all rows.
 */
export default async function embedded(given: readonly string[]): Promise<void> {
  const rows = Number(given[0] ?? defaultRows);
  const storeDir = mkdtempSync(join(tmpdir(), 'mlaas-bench-'));
  const report = (what: string, unit: string, values: readonly number[]): void =>
    print({
      bench: 'embedded',
      case: `${rows}-rows-${what}`,
      value: rounded(median(values)),
      unit,
      ratio: null,
      against: null,
      spread: [rounded(Math.min(...values)), rounded(Math.max(...values))],
      runs: values.length,
      versions: machineVersions(),
    });
  try {
    report('write', 'rows per second', await fill(storeDir, rows));
    report('size', 'MB', [sizeOf(storeDir) / 1e6]);
    report('peak-memory-writing', 'MB', [process.resourceUsage().maxRSS / 1000]);
    const opened: number[] = [];
    for (let i = 0; i < asked; i++) {
      const begun = performance.now();
      const store = await openStore({ storeDir });
      opened.push(performance.now() - begun);
      await store.close();
    }
    report('open', 'ms', opened);
    await ask(storeDir, (question, times) => report(question, 'ms', times));
    report('peak-memory', 'MB', [process.resourceUsage().maxRSS / 1000]);
  } finally {
    rmSync(storeDir, { recursive: true, force: true });
  }
}

/** @returns rows per second of each run */
async function fill(storeDir: string, rows: number): Promise<number[]> {
  const store = await openStore({ storeDir });
  const rates: number[] = [];
  for (let first = 0; first < rows; first += rowsPerRun) {
    const run = new BenchRows(`${benchRun}-${first / rowsPerRun}`);
    const count = Math.min(rowsPerRun, rows - first);
    const begun = performance.now();
    await store.write(run.run());
    for (let from = 0; from < count; from += rowsPerBatch) {
      await store.write({ telemetry: run.telemetry(from, Math.min(rowsPerBatch, count - from)) });
    }
    await store.checkpoint();
    rates.push((count * 1000) / (performance.now() - begun));
  }
  await store.close();
  return rates;
}

async function ask(
  storeDir: string,
  report: (question: string, times: readonly number[]) => void,
): Promise<void> {
  const store: Store = await openStore({ storeDir });
  const run = `${benchRun}-0`;
  const questions: Readonly<Record<string, () => Promise<unknown>>> = {
    'window-5min-by-1s': () =>
      runTimeseries(store, run, {
        metric: 'latency_ms',
        bucket: '1s',
        from: '2026-01-02T03:10:00Z',
        to: '2026-01-02T03:15:00Z',
      }),
    'latency-by-minute-of-a-run': () => askNamedQuery(store, 'latency-by-minute', run),
    'mean-of-all-rows': () => store.query('SELECT count(*), avg(latency_ms) FROM telemetry'),
  };
  for (const [question, answer] of Object.entries(questions)) {
    const times: number[] = [];
    for (let i = 0; i < asked; i++) {
      const begun = performance.now();
      await answer();
      times.push(performance.now() - begun);
    }
    report(question, times);
  }
  await store.close();
}

function sizeOf(folder: string): number {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, { parentPath, name }) => sum + statSync(join(parentPath, name)).size, 0);
}
