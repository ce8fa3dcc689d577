import type { CheckpointFolder, Evaluator } from '#aggregator';
import type { RunConfig, RunEventStream } from '#protocol';
import type { Recorder, Store } from '#store';
import type { AgentMemory } from './agent-memory.js';
import type { Cleanup } from './cleanup.js';
import type { RunProgress } from './progress.js';
import type { ResumePoint } from './resume-point.js';
import type { RunBroker } from './run-broker.js';
import type { RunControl } from './run-control.js';
import type { RunData } from './run-data.js';

/** A run that is prepared: its configuration, data and services, before the first agent starts. */
export interface Run {
  readonly id: string;
  readonly config: RunConfig;
  readonly output: string;
  readonly data: RunData;
  readonly events: RunEventStream;
  readonly progress: RunProgress;
  readonly memory: AgentMemory;
  readonly store: Store;
  readonly recorder: Recorder;
  readonly evaluator: Evaluator;
  readonly broker: RunBroker;
  readonly cleanup: Cleanup;
  readonly controller: AbortController;
  /** What users of the page can do to it. */
  readonly control: RunControl;
  readonly checkpoints: CheckpointFolder;
  /** Of a run that goes on after a break. */
  readonly resume: ResumePoint | undefined;
}
