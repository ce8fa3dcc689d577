import { randomBytes } from 'node:crypto';
import { arch, availableParallelism, cpus, platform, totalmem } from 'node:os';
import { parse } from 'node:path';
import type { RunConfig } from '#protocol';
import { packageVersion } from './package-version.js';

/**
 * A run's id: start time in UTC and a random tail, so that ids sort by time and two machines never
 * make the same one. Usable as a topic level, a file name and a URL segment.
 */
export function createRunId(now: Date): string {
  const stamp = now.toISOString().replace(/[-:]/g, '').replace('T', '-').slice(0, 15);
  return `${stamp}-${randomBytes(3).toString('hex')}`;
}

/** What the CSV is called when the user gives no name. */
export function defaultRunName(config: RunConfig, runId: string): string {
  const dataset = config.dataset.startsWith('csv:') ? parse(config.dataset).name : config.dataset;
  return `${dataset.replace(/[^\w-]/g, '_')}-${config.strategy}-${runId}`;
}

/** Facts of the run beyond its configuration: what made the numbers. */
export function runParams(
  family: string,
  engine: string,
  parameterCount: number,
): Record<string, string | number> {
  return {
    'model.family': family,
    'model.params_count': parameterCount,
    'engine.name': engine,
    'code.version': packageVersion(),
    'machine.node': process.version,
    'machine.platform': `${platform()}-${arch()}`,
    'machine.cpu': cpus()[0]?.model.trim() ?? 'unknown',
    'machine.cores': availableParallelism(),
    'machine.memory_mb': Math.round(totalmem() / 1e6),
  };
}
