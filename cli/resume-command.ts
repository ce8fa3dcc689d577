import { Command } from 'commander';
import { type Checkpoint, CheckpointFolder } from '#aggregator';
import { configHash, FleetError, parseRunConfig, type RunConfig } from '#protocol';
import { findRun, openStore, type RunClaim, readStoredRun, type StoreAddress, type StoredRun } from '#store';
import { addConfigFlags } from './config-flags.js';
import { executeRun } from './execute-run.js';
import { checkpointFolder, type ResumePoint } from './resume-point.js';

/** Flags that say where the run is found: nothing is known of it before. */
const namesStore: ReadonlySet<string> = new Set(['db', 'storeDir']);

/** `mlaas resume RUN`: goes on with a run that was interrupted, failed or killed. */
export default function resumeCommand(): Command {
  const command = new Command('mlaas resume')
    .description(
      'Go on with a run that was interrupted, failed or killed, after its last finished round.\nThe dataset becomes what it would have been without the break.',
    )
    .argument('<run>', 'run id, or the start of one; `mlaas runs` lists them');
  return addConfigFlags(
    command,
    ({ scope }) => scope === 'deployment',
    ({ key }) => (namesStore.has(key) ? undefined : 'as the run had it'),
  )
    .option('--json', 'print one machine-readable summary line on stdout at the end')
    .addHelpText(
      'after',
      `
What the run computes (data, model, fleet, seed) is as it was; flags may change where and how it runs.
Passwords are not stored: give --db and --broker again where they hold one.

Examples:
  $ mlaas resume 20260102-030405-1a2b3c
  $ mlaas resume 20260102 --db postgres://user:password@localhost:5432/fleet`,
    )
    .action(async (run: string, { json, ...flags }: Record<string, unknown>) => {
      const { claim, stored, address } = await claimStoredRun(run, flags);
      try {
        const { config, resume } = readResumePoint(stored, { ...flags, ...address });
        await executeRun('generate', config, json === true, resume);
      } finally {
        await claim.release();
      }
    });
}

/**
 * Finds a run in the store that the flags name, and claims it before it is read: a process that was still at it
 * would store more rounds meanwhile.
 * @throws FleetError RUN_UNKNOWN; RESUME_IMPOSSIBLE when the run is going on
 */
async function claimStoredRun(
  run: string,
  flags: Readonly<Record<string, unknown>>,
): Promise<{ claim: RunClaim; stored: StoredRun; address: StoreAddress }> {
  const { db, storeDir } = parseRunConfig(flags);
  const address = { db, storeDir };
  const store = await openStore(address);
  try {
    const runId = await findRun(store, run);
    const claim = await store.claimRun(runId);
    try {
      return { claim, address, stored: await readStoredRun(store, runId) };
    } catch (error) {
      await claim.release();
      throw error;
    }
  } finally {
    await store.close();
  }
}

/**
 * Where a run stopped.
 * @throws FleetError RESUME_IMPOSSIBLE
 */
function readResumePoint(
  stored: StoredRun,
  flags: Readonly<Record<string, unknown>>,
): { config: RunConfig; resume: ResumePoint } {
  if (stored.status === 'finished')
    throw new FleetError('RESUME_IMPOSSIBLE', `run ${stored.runId} has finished`);
  const config = resumedConfig(stored, flags);
  return {
    config,
    resume: {
      runId: stored.runId,
      rounds: stored.rounds,
      nextEventSeq: stored.nextEventSeq,
      checkpoint: readCheckpoint(config, stored),
    },
  };
}

/** @throws FleetError RESUME_IMPOSSIBLE */
function readCheckpoint(
  config: RunConfig,
  { runId, rounds, config: made }: StoredRun,
): Checkpoint | undefined {
  const last = rounds.at(-1);
  if (last === undefined) return undefined;
  if (made.saveWeights === false) {
    throw new FleetError(
      'RESUME_IMPOSSIBLE',
      `run ${runId} kept no checkpoints (--no-save-weights); a run that is made without this flag keeps them`,
    );
  }
  return new CheckpointFolder(checkpointFolder(config, runId)).read(last.round, last.weightsSha256);
}

/** The stored configuration with the given deployment, as long as this program reads it as that one did. */
function resumedConfig(stored: StoredRun, flags: Readonly<Record<string, unknown>>): RunConfig {
  const { db: _, broker, brokerPort, ...kept } = stored.config;
  const given = Object.fromEntries(Object.entries(flags).filter(([, value]) => value !== undefined));
  // Which broker is decided as a whole: an external one and a port of the embedded one contradict each other.
  const isBrokerGiven = given.broker !== undefined || given.brokerPort !== undefined;
  const config = parseRunConfig({ ...kept, ...(isBrokerGiven ? {} : { broker, brokerPort }), ...given });
  if (configHash(config) === stored.configSha256) return config;
  throw new FleetError(
    'RESUME_IMPOSSIBLE',
    `run ${stored.runId} was made by a version of mlaas-fleet that reads the configuration differently`,
  );
}
