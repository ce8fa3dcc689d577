import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { csvColumns } from '#store';
import { machineVersions, median, print, rounded } from './report.js';

const defaultRows = 2_000_000;
const runs = 3;
const rounds = 100;
const clients = 50;
const entryPoint = fileURLToPath(new URL('../bin/mlaas.js', import.meta.url));

/**
 * `mlaas merge` of a file with so many rows (`npm run bench -- merge 10000000`), in rows per second and
 * peak memory: as it is, and with `--dedupe` of the file against a copy of itself.
 */
export default async function merge([given]: readonly string[]): Promise<void> {
  const rows = given === undefined ? defaultRows : Number(given);
  const folder = mkdtempSync(join(tmpdir(), 'mlaas-bench-merge-'));
  try {
    const files = ['a.csv', 'b.csv'].map((name) => join(folder, name));
    for (const file of files) await writeRows(file, rows);
    const [first = ''] = files;
    const cases = [
      { name: 'copy', inputs: [first], flags: [] },
      { name: 'dedupe', inputs: files, flags: ['--dedupe'] },
    ];
    for (const { name, inputs, flags } of cases) {
      const measured: { seconds: number; peakMb: number }[] = [];
      for (let run = 0; run < runs; run++) {
        measured.push(await measure([...inputs, ...flags, '--output', join(folder, 'merged.csv')]));
      }
      const megabytes = inputs.reduce((sum, file) => sum + statSync(file).size, 0) / 1e6;
      const line = (unit: string, values: readonly number[]): void =>
        print({
          bench: 'merge',
          case: `${name}-${rows * inputs.length}-rows-${Math.round(megabytes)}-MB`,
          value: rounded(median(values)),
          unit,
          ratio: null,
          against: null,
          spread: [rounded(Math.min(...values)), rounded(Math.max(...values))],
          runs,
          versions: machineVersions(),
        });
      line(
        'rows per second',
        measured.map(({ seconds }) => (rows * inputs.length) / seconds),
      );
      line(
        'MB of memory at the most',
        measured.map(({ peakMb }) => peakMb),
      );
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function measure(args: readonly string[]): Promise<{ seconds: number; peakMb: number }> {
  const began = performance.now();
  const child = spawn(process.execPath, [entryPoint, 'merge', ...args], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let peakMb = 0;
  const timer = setInterval(() => {
    peakMb = Math.max(peakMb, peakOf(child.pid ?? 0));
  }, 20);
  const [code] = await once(child, 'exit');
  clearInterval(timer);
  if (code !== 0) throw new Error(`mlaas merge ended with ${code}`);
  return { seconds: (performance.now() - began) / 1000, peakMb };
}

/** The peak resident memory of a process, in 10^6 bytes; 0 where the system does not tell. */
function peakOf(pid: number): number {
  try {
    const match = /^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
    return (Number(match?.[1] ?? 0) * 1024) / 1e6;
  } catch {
    return 0;
  }
}

/** Rows with our columns: numbers everywhere but in the columns of text. */
async function writeRows(path: string, rows: number): Promise<void> {
  const file = createWriteStream(path);
  file.write(`${csvColumns.map(({ name }) => name).join(',')}\n`);
  const texts: Readonly<Record<string, string>> = {
    dataset: 'mnist',
    strategy: 'dirichlet',
    data_distribution: '"[60,61,62,63,64,65,66,67,68,69]"',
    participated_flag: 'true',
    started_at: '2026-01-02T03:04:05.678901Z',
    finished_at: '2026-01-02T03:04:06.678901Z',
  };
  for (let row = 0; row < rows; ) {
    let text = '';
    for (const end = Math.min(rows, row + 5000); row < end; row++) {
      const fixed: Readonly<Record<string, string>> = {
        run_id: `20260102-030405-${Math.floor(row / (rounds * clients))}`,
        round: String((Math.floor(row / clients) % rounds) + 1),
        client_id: String(row % clients),
        ...texts,
      };
      text += `${csvColumns.map(({ name }, i) => fixed[name] ?? `0.${row}${i}`).join(',')}\n`;
    }
    if (!file.write(text)) await once(file, 'drain');
  }
  file.end();
  await once(file, 'close');
}
