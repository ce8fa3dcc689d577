import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { z } from 'zod';
import { machineVersions, median, print, rounded } from './report.js';

const command = fileURLToPath(new URL('../bin/mlaas.js', import.meta.url));
const probe = fileURLToPath(new URL('../../bench/agent-probe.cjs', import.meta.url));
const runs = 5;
const manyClients = 200;

const readySql = `SELECT extract(epoch FROM min(ts) FILTER (WHERE type = 'round-state') - min(ts)) FROM events`;

const noteSchema = z.object({ at: z.number(), cpuMs: z.number(), rssMb: z.number() });
type Note = z.infer<typeof noteSchema>;

/**
 * What an agent uses from its start to its first training step, and how long a fleet of 200 takes.
 */
export default async function startup(names: readonly string[]): Promise<void> {
  const wants = (name: string): boolean => names.length === 0 || names.includes(name);
  if (wants('agent')) {
    const notes: Note[] = [];
    for (let run = 0; run < runs; run++) notes.push(...(await firstSteps(1)).notes);
    report(
      'agent',
      'ms of CPU to the first step',
      notes.map(({ cpuMs }) => cpuMs),
    );
    report(
      'agent',
      'MB resident at the first step',
      notes.map(({ rssMb }) => rssMb),
    );
  }
  if (wants('fleet')) {
    const { began, readyS, notes } = await firstSteps(manyClients);
    const first = Math.min(...notes.map(({ at }) => at));
    const cores = `on ${cpus().length} cores`;
    report(`fleet-${manyClients}`, `s from the run's start until all agents are ready, ${cores}`, [readyS]);
    report(`fleet-${manyClients}`, `s from the command to the first step, ${cores}`, [
      (first - began) / 1000,
    ]);
  }
}

interface Start {
  /** When the command began, in milliseconds since 1970. */
  readonly began: number;
  /** From the run's start to the first round's, which waits for all agents. */
  readonly readyS: number;
  /** Of each agent's first step. */
  readonly notes: Note[];
}

/** One round of a fleet on built-in data. */
async function firstSteps(clients: number): Promise<Start> {
  const folder = await mkdtemp(join(tmpdir(), 'mlaas-startup-'));
  const file = join(folder, 'notes.jsonl');
  try {
    const began = Date.now();
    const flags = ['--clients', String(clients), '--rounds', '1', '--sample-size', String(40 * clients)];
    const store = ['--store-dir', join(folder, 'store')];
    const files = [...store, '--output', join(folder, 'startup.csv')];
    const run = promisify(execFile);
    await run(process.execPath, [command, 'generate', ...flags, ...files], {
      cwd: folder,
      env: { ...process.env, MLAAS_PROBE_FILE: file, NODE_OPTIONS: `--require=${probe}` },
    });
    const query = ['query', readySql, '--format', 'csv', ...store];
    const { stdout } = await run(process.execPath, [command, ...query], { cwd: folder });
    const lines = (await readFile(file, 'utf8')).trim().split('\n');
    return {
      began,
      readyS: Number(stdout.split('\n')[1]),
      notes: lines.map((line) => noteSchema.parse(JSON.parse(line))),
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function report(name: string, unit: string, values: readonly number[]): void {
  print({
    bench: 'startup',
    case: name,
    value: rounded(median(values)),
    unit,
    ratio: null,
    against: null,
    spread: [rounded(Math.min(...values)), rounded(Math.max(...values))],
    runs: values.length,
    versions: machineVersions(),
  });
}
