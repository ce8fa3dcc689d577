import { execFile } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { cachedDataVersionTag } from 'node:v8';
import { defaultCacheDir } from '#learning';
import type { RunConfig } from '#protocol';
import { withoutCodeCache } from './snapshot-code-cache.js';

/**
 * A small young generation: an agent makes few objects, and V8's default lets garbage grow its resident
 * memory. No background threads: a fleet has more agents than cores, and four threads each would only add
 * to their start and memory. No new hash seed for the strings of a snapshot, which would cost
 * as much as a fifth of its loading: only the run's own aggregator sends an agent keys.
 */
const nodeArguments = [
  '--max-semi-space-size=1',
  '--single-threaded',
  // Node's own pool, for V8's work in the background: it starts four threads even for a V8 that has no such work.
  '--v8-pool-size=1',
  // Collections of the whole heap once an agent has waited for eight seconds, as all of a large fleet do: they take
  // 25 ms, a third of what a short round's work does, and give 1 MB back.
  '--no-memory-reducer',
  '--no-rehash-snapshot',
  // V8's own code where Node's file has it, not once more near the code that it compiles: nearly 1 MB.
  '--no-short-builtin-calls',
  // A later optimisation: what is hot in an agent's first tenth of a second costs more to optimise than it has
  // left to run, and 4 MB. Later Nodes know no such option and refuse to start with it.
  ...(process.version.startsWith('v20.') ? ['--interrupt-budget=1000000'] : []),
];

/** The agent's process in one file, as the build makes it of agent-main.ts. */
const entryPoint = fileURLToPath(new URL('../agent.js', import.meta.url));
/** What the making of a snapshot may take, on a machine however slow, before agents go without, in milliseconds. */
const timeout = 60_000;
/** Changes with what is done to a snapshot once it is made. */
const layout = 'no code cache';
/** Snapshots of builds and Nodes that are gone are removed after this long. */
const keptUnusedMs = 30 * 24 * 3600 * 1000;
/** What the snapshot is made of, as the build makes it of agent-snapshot-main.ts. */
const snapshotSource = fileURLToPath(new URL('../agent-snapshot.cjs', import.meta.url));

/**
 * The arguments of Node that start an agent, its own flags not included: from a startup snapshot, which
 * halves the CPU time of an agent's start, or where none can be had, from its bundle.
 *
 * V8 accepts a snapshot of the very same binary and flags only, so one is made on the machine that uses
 * it, by the first fleet (half a second), and kept in the cache folder. TensorFlow.js is not in it.
 *
 * Source: https://nodejs.org/docs/latest-v20.x/api/cli.html#--build-snapshot
 */
export async function agentProcess(engine: RunConfig['engine'], cacheDir?: string): Promise<string[]> {
  const snapshot = engine === 'tfjs' ? undefined : await snapshotFile(cacheDir).catch(() => undefined);
  return snapshot === undefined
    ? [...nodeArguments, entryPoint]
    : // In the place of a script's path, so that process lists show what it is.
      [...nodeArguments, '--snapshot-blob', snapshot, entryPoint];
}

/** The snapshot for this build, this Node and these flags; made if need be. @throws Error if it cannot be */
async function snapshotFile(cacheDir = defaultCacheDir()): Promise<string> {
  const key = createHash('sha256')
    .update(await readFile(snapshotSource))
    .update(
      // The path too: what an agent loads later is found from there.
      [
        snapshotSource,
        process.version,
        process.arch,
        layout,
        cachedDataVersionTag(),
        process.env.NODE_OPTIONS,
        ...nodeArguments,
      ].join(),
    )
    .digest('hex')
    .slice(0, 16);
  const folder = join(cacheDir, 'agent');
  const file = join(folder, `${key}.blob`);
  const now = new Date();
  // Its time is that of its last use.
  const isThere = await utimes(file, now, now).then(
    () => true,
    () => false,
  );
  if (!isThere) {
    await makeSnapshot(folder, file);
    await removeUnused(folder, now);
  }
  return file;
}

/** Makes it under another name and tries it, so that nobody ever starts from one that is not whole. */
async function makeSnapshot(folder: string, file: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  // Runs of one process may make theirs at the same time.
  const draft = `${file}.${randomUUID()}`;
  const run = (...more: readonly string[]) =>
    promisify(execFile)(process.execPath, [...nodeArguments, '--snapshot-blob', draft, ...more], { timeout });
  try {
    await run('--build-snapshot', snapshotSource);
    const whole = await readFile(draft);
    await writeFile(draft, withoutCodeCache(whole) ?? whole);
    await run(entryPoint, '--help');
    await rename(draft, file);
  } finally {
    await rm(draft, { force: true });
  }
}

async function removeUnused(folder: string, now: Date): Promise<void> {
  for (const name of await readdir(folder)) {
    const path = join(folder, name);
    // Another process may have renamed its draft meanwhile.
    const found = await stat(path).catch(() => undefined);
    if (found !== undefined && now.getTime() - found.mtimeMs > keptUnusedMs) await rm(path, { force: true });
  }
}
