import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { onTestFinished } from 'vitest';

/** The folder with the real datasets, or undefined, which is said once a file. */
export function realDataDir(): string | undefined {
  const dir = process.env.MLAAS_TEST_DATA_DIR ?? resolve(import.meta.dirname, '../../../../shared/data');
  if (existsSync(join(dir, 'mnist')) && existsSync(join(dir, 'fashion-mnist'))) return dir;
  console.warn(`skipped: no real datasets under ${dir}; MLAAS_TEST_DATA_DIR names their folder`);
  return undefined;
}

/** A folder that goes when the test ends. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'mlaas-learning-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}
