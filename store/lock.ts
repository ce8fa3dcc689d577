import { randomUUID } from 'node:crypto';
import { linkSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { z } from 'zod';
import { FleetError } from '#protocol';
import { processStart } from './process-identity.js';

const holderSchema = z.object({
  /** Names this taking of the lock for good. */
  token: z.uuid(),
  pid: z.int().positive(),
  processStart: z.string(),
  host: z.string(),
  /** ISO 8601. */
  startedAt: z.string(),
  apiUrl: z.string().optional(),
});

/** Who holds an embedded store. `apiUrl`, once advertised, is where it answers queries. */
export type LockHolder = Readonly<z.infer<typeof holderSchema>>;

const lockPath = (storeDir: string): string => join(storeDir, 'lock');

/**
 * The exclusive lock of an embedded store's folder: the file `lock` with its holder's process id and
 * start, so that a lock whose holder was killed is seen to be stale.
 *
 * A lock file appears whole and only where none was, by a hard link. Two processes that find the same
 * stale lock settle who takes it over in the same way: they link `lock.after-<token of the stale
 * lock>`, which only one of them can. If that one dies too, its own token is the next to be followed,
 * so nobody ever removes what another may have taken.
 */
export class StoreLock {
  readonly #storeDir: string;
  #holder: LockHolder;
  #released = false;

  private constructor(storeDir: string, holder: LockHolder) {
    this.#storeDir = storeDir;
    this.#holder = holder;
  }

  /**
   * @param storeDir an existing folder
   * @throws FleetError STORE_LOCKED that names the holder's process and the folder
   */
  static take(storeDir: string): StoreLock {
    const holder: LockHolder = {
      token: randomUUID(),
      pid: process.pid,
      processStart: processStart(process.pid) ?? '',
      host: hostname(),
      startedAt: new Date().toISOString(),
    };
    const draft = `${lockPath(storeDir)}.new-${holder.token}`;
    writeFileSync(draft, JSON.stringify(holder));
    try {
      while (!claim(storeDir, draft, holder)) {
        // Another process took or left the lock in between: look again.
      }
    } finally {
      rmSync(draft, { force: true });
    }
    return new StoreLock(storeDir, holder);
  }

  /** Publishes where the holder answers queries. */
  advertise(apiUrl: string): void {
    if (this.#released) return;
    this.#holder = { ...this.#holder, apiUrl };
    const draft = `${lockPath(this.#storeDir)}.new-${this.#holder.token}`;
    writeFileSync(draft, JSON.stringify(this.#holder));
    renameSync(draft, lockPath(this.#storeDir));
  }

  release(): void {
    if (this.#released) return;
    this.#released = true;
    const path = lockPath(this.#storeDir);
    // Somebody may have deleted the lock by hand, and another process have taken it since.
    if (readHolder(path)?.token === this.#holder.token) rmSync(path, { force: true });
  }
}

/**
 * The living holder of a folder's embedded store; undefined when nobody holds it. A holder on another
 * machine counts as living, because it cannot be checked from here.
 * @throws FleetError STORE_FAILED when the folder cannot be looked into, such as a file, or its lock is none
 */
export function readLock(storeDir: string): LockHolder | undefined {
  const holder = readHolder(lockPath(storeDir));
  return holder !== undefined && isAlive(holder) ? holder : undefined;
}

/** @returns whether the lock is ours now; false when the attempt must be repeated */
function claim(storeDir: string, draft: string, mine: LockHolder): boolean {
  const root = lockPath(storeDir);
  const first = tryToLink(draft, root);
  if (first === 'ours') return true;
  if (first === 'gone') return false;
  const rootToken = first.token;
  let dead = first;
  for (;;) {
    refuseIfAlive(dead, storeDir);
    const next = `${root}.after-${dead.token}`;
    const outcome = tryToLink(draft, next);
    if (outcome === 'gone') return false;
    if (outcome !== 'ours') {
      dead = outcome;
      continue;
    }
    // While the lock was read, its successor may have finished and cleared the claims away.
    if (readHolder(root)?.token !== rootToken) {
      rmSync(next, { force: true });
      return false;
    }
    renameSync(draft, root);
    clearClaims(storeDir);
    return readHolder(root)?.token === mine.token;
  }
}

/** Links `draft` as `path`, or tells who was there first (`gone`: and has left since). */
function tryToLink(draft: string, path: string): 'ours' | 'gone' | LockHolder {
  try {
    linkSync(draft, path);
    return 'ours';
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  }
  return readHolder(path) ?? 'gone';
}

function refuseIfAlive(holder: LockHolder, storeDir: string): void {
  if (!isAlive(holder)) return;
  const where =
    holder.host === hostname() ? '' : ` on ${holder.host} (if it has ended, delete ${lockPath(storeDir)})`;
  throw new FleetError(
    'STORE_LOCKED',
    `process ${holder.pid}${where} holds ${storeDir} since ${holder.startedAt}`,
  );
}

function isAlive(holder: LockHolder): boolean {
  if (holder.host !== hostname()) return true;
  return processStart(holder.pid) === holder.processStart;
}

/** @throws FleetError STORE_FAILED when the file cannot be read or is not a lock of ours */
function readHolder(path: string): LockHolder | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    const reason = error instanceof Error ? error.message : String(error);
    throw new FleetError('STORE_FAILED', `cannot look into ${dirname(path)}: ${reason}`, { cause: error });
  }
  try {
    return holderSchema.parse(JSON.parse(text));
  } catch (cause) {
    throw new FleetError('STORE_FAILED', `${path} is not a lock file; delete it if no run is going on`, {
      cause,
    });
  }
}

/** The claims on locks that were stale: the holder of the lock is the last of them. */
function clearClaims(storeDir: string): void {
  const prefix = `${basename(lockPath(storeDir))}.after-`;
  for (const name of readdirSync(storeDir)) {
    if (name.startsWith(prefix)) rmSync(join(storeDir, name), { force: true });
  }
}
