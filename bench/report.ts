import { readFileSync } from 'node:fs';
import { cpus } from 'node:os';

/** One measurement, printed as one JSON line. */
export interface Measurement {
  readonly bench: string;
  readonly case: string;
  /** Median over the runs. */
  readonly value: number;
  readonly unit: string;
  /** value / the median of what it is measured against, in the same run; above 1 is more than that. */
  readonly ratio: number | null;
  readonly against: string | null;
  /** Smallest and largest value of the runs. */
  readonly spread: readonly [number, number];
  readonly runs: number;
  readonly versions: Readonly<Record<string, string>>;
}

export function print(measurement: Measurement): void {
  process.stdout.write(`${JSON.stringify(measurement)}\n`);
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

/** Rounded to four significant digits: no run repeats more of them. */
export const rounded = (value: number): number => Number(value.toPrecision(4));

/** What every line names: the machine and the versions that made the figure. */
export function machineVersions(): Record<string, string> {
  return { cpu: cpus()[0]?.model.trim() ?? 'unknown', node: process.version, ...packageVersions() };
}

function packageVersions(): Record<string, string> {
  const names = [
    'onnxruntime-node',
    '@tensorflow/tfjs-core',
    'mqtt',
    'aedes',
    'pg',
    'hyparquet-writer',
    '@duckdb/node-api',
  ];
  return Object.fromEntries(
    names.flatMap((name) => {
      try {
        const path = new URL(`../../node_modules/${name}/package.json`, import.meta.url);
        const { version } = JSON.parse(readFileSync(path, 'utf8')) as { version: string };
        return [[name, version]];
      } catch {
        return [];
      }
    }),
  );
}
