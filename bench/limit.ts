import { execFileSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const source = fileURLToPath(new URL('../../bench/limit/training.c', import.meta.url));

/** The C program that shows what the hardware gives: one thread, AVX2 kernels of OpenBLAS. */
export interface Limit {
  readonly description: string;
  /** @returns samples per second of CPU time */
  measure(name: string, batch: number, seconds: number): number;
}

/** Compiles the limit; undefined where there is no compiler or OpenBLAS (Debian: libopenblas-dev). */
export function compileLimit(): Limit | undefined {
  const program = join(mkdtempSync(join(tmpdir(), 'mlaas-limit-')), 'training');
  const flags = ['-O3', '-march=haswell', '-ffast-math', source, '-lopenblas', '-lm', '-o', program];
  try {
    execFileSync('cc', flags, { stdio: 'pipe' });
  } catch {
    process.stderr.write('no C limit: it needs cc and OpenBLAS (apt install gcc libopenblas-dev)\n');
    return undefined;
  }
  return {
    description: 'C over OpenBLAS, AVX2, one thread',
    measure: (name, batch, seconds) =>
      Number(
        execFileSync(program, [name, String(batch), String(seconds)], {
          encoding: 'utf8',
          env: { ...process.env, OPENBLAS_NUM_THREADS: '1', OPENBLAS_CORETYPE: 'Haswell' },
        }),
      ),
  };
}
