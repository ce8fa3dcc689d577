import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('../../bench/peers/', import.meta.url));
const python = `${folder}.venv/bin/python`;

export interface TorchRate {
  /** Samples per second of CPU time. */
  readonly value: number;
  readonly version: string;
}

/** The same work in PyTorch on one thread; undefined where bench/peers/setup.sh was not run. */
export function measureTorch(name: string, batch: number, seconds: number): TorchRate | undefined {
  if (!existsSync(python)) return undefined;
  const script = `${folder}torch_training.py`;
  const [value = '', version = ''] = execFileSync(python, [script, name, String(batch), String(seconds)], {
    encoding: 'utf8',
  })
    .trim()
    .split(' ');
  return { value: Number(value), version };
}
