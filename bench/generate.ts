import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { machineVersions, median, print, rounded } from './report.js';

interface GenerateCase {
  readonly clients: number;
  readonly flags: readonly string[];
}

/** The same data, model and schedule as in bench/peers/mdg_loop.py. */
const cases: Readonly<Record<string, GenerateCase>> = {
  digits: {
    clients: 5,
    flags: [
      ...['--dataset', 'digits', '--epochs-per-round', '2'],
      ...['--model-type', 'mlp', '--hidden-layers', '16,32,64,128', '--learning-rate', '0.01'],
    ],
  },
  mnist: {
    clients: 10,
    flags: [
      ...['--dataset', 'mnist', '--epochs-per-round', '1'],
      ...[
        '--model-type',
        'cnn',
        '--conv-filters',
        '32,64',
        '--hidden-layers',
        '128',
        '--learning-rate',
        '0.001',
      ],
    ],
  },
};

const standard = { runs: 3, rounds: 5 };
const folder = fileURLToPath(new URL('../../bench/peers/', import.meta.url));
const python = join(folder, '.venv-mdg/bin/python');
const entryPoint = fileURLToPath(new URL('../bin/mlaas.js', import.meta.url));

/** Seconds of the rounds alone, and of the whole command from its start to its end. */
interface Duration {
  readonly loop: number;
  readonly command: number;
}

/**
 * `mlaas generate`, with its processes, broker and store, against a federated loop in Keras in one
 * process, in client-rounds a minute: `npm run bench -- generate [digits|mnist] [runs=3] [rounds=5]`, with
 * the folder of the data in MLAAS_TEST_DATA_DIR. Every client is evaluated on the whole test set in every
 * round, on both sides.
 */
export default async function generate(args: readonly string[]): Promise<void> {
  const names = args.filter((arg) => !arg.includes('='));
  const runs = numberOf('runs', args);
  const rounds = numberOf('rounds', args);
  const dataDir = resolve(process.env.MLAAS_TEST_DATA_DIR ?? '../shared/data');
  if (!existsSync(python)) process.stderr.write('no Keras: bench/peers/setup-mdg.sh installs it\n');
  const cwd = mkdtempSync(join(tmpdir(), 'mlaas-bench-generate-'));
  try {
    for (const [name, one] of Object.entries(cases)) {
      if (names.length > 0 && !names.includes(name)) continue;
      // Decodes and caches the data, which the other side is not timed for either.
      runOurs(one, rounds, dataDir, cwd);
      const ours: Duration[] = [];
      const theirs: Duration[] = [];
      let versions = machineVersions();
      for (let run = 0; run < runs; run++) {
        ours.push(runOurs(one, rounds, dataDir, cwd));
        if (!existsSync(python)) continue;
        const peer = runKeras(name, rounds, dataDir);
        theirs.push(peer);
        versions = { ...versions, ...peer.versions };
      }
      for (const part of ['loop', 'command'] as const) {
        const rates = (sides: readonly Duration[]): number[] =>
          sides.map((seconds) => (60 * one.clients * rounds) / seconds[part]);
        const line = (side: string, values: readonly number[], against: readonly number[]): void =>
          print({
            bench: 'generate',
            case: `${name}-${part}`,
            value: rounded(median(values)),
            unit: `client-rounds per minute, ${side}`,
            ratio: against.length > 0 ? rounded(median(values) / median(against)) : null,
            against: against.length > 0 ? 'the Keras loop of bench/peers/mdg_loop.py' : null,
            spread: [rounded(Math.min(...values)), rounded(Math.max(...values))],
            runs,
            versions,
          });
        line('mlaas generate', rates(ours), rates(theirs));
        if (theirs.length > 0) line('Keras loop', rates(theirs), []);
      }
    }
  } finally {
    rmSync(cwd, { recursive: true, force: true });
  }
}

function numberOf(name: keyof typeof standard, args: readonly string[]): number {
  const given = args.find((arg) => arg.startsWith(`${name}=`));
  return given === undefined ? standard[name] : z.coerce.number().int().min(1).parse(given.split('=')[1]);
}

const summarySchema = z.object({ run_id: z.string() });
const secondsSchema = z.tuple([z.object({ seconds: z.number() })]);

function runOurs({ clients, flags }: GenerateCase, rounds: number, dataDir: string, cwd: string): Duration {
  const mlaas = (...args: string[]): string =>
    execFileSync(process.execPath, [entryPoint, ...args], {
      cwd,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
  const began = performance.now();
  const summary = mlaas(
    'generate',
    ...flags,
    ...['--clients', String(clients), '--rounds', String(rounds)],
    '--data-dir',
    dataDir,
    '--cache-dir',
    join(cwd, 'cache'),
    '--json',
  );
  const command = (performance.now() - began) / 1000;
  const { run_id } = summarySchema.parse(JSON.parse(summary));
  // From the announcement of the first round until the last one is evaluated.
  const sql = `select extract(epoch from max(finished_at) - min(started_at))::float8 as seconds from rounds where run_id = '${run_id}'`;
  const [{ seconds }] = secondsSchema.parse(JSON.parse(mlaas('query', sql, '--format', 'json')));
  return { loop: seconds, command };
}

const peerSchema = z.object({
  seconds: z.number(),
  accuracy: z.number(),
  tensorflow: z.string(),
  keras: z.string(),
});

function runKeras(
  name: string,
  rounds: number,
  dataDir: string,
): Duration & { versions: Record<string, string> } {
  const began = performance.now();
  const output = execFileSync(python, [join(folder, 'mdg_loop.py'), name, dataDir, String(rounds)], {
    encoding: 'utf8',
    // On stderr TensorFlow says which kernels it takes, whatever its log level; an error shows it.
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const command = (performance.now() - began) / 1000;
  const { seconds, tensorflow, keras } = peerSchema.parse(JSON.parse(output.trim().split('\n').at(-1) ?? ''));
  return { loop: seconds, command, versions: { tensorflow, keras } };
}
