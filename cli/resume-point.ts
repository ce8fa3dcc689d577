import { join, resolve } from 'node:path';
import type { Checkpoint } from '#aggregator';
import type { RunConfig } from '#protocol';
import type { StoredRun } from '#store';

/** Where a run goes on. */
export interface ResumePoint extends Pick<StoredRun, 'runId' | 'rounds' | 'nextEventSeq'> {
  /** After the last finished round; undefined where the run did not finish its first. */
  readonly checkpoint: Checkpoint | undefined;
}

/** The folder of a run's checkpoints. */
export function checkpointFolder({ checkpointDir }: RunConfig, runId: string): string {
  return resolve(join(checkpointDir, runId));
}
