import { createHash, randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { processStart } from '../process-identity.js';
import { countPath, SpoolFile } from './spool-file.js';

/** A spool's name: its owner's process id and a digest of that process's start, then what makes it unique. */
const namePattern = /^(\d+)-([0-9a-f]{8})-[0-9a-f-]+\.spool$/;

const startDigest = (pid: number): string =>
  createHash('sha256')
    .update(processStart(pid) ?? 'none')
    .digest('hex')
    .slice(0, 8);

const ownName = (): string => `${process.pid}-${startDigest(process.pid)}-${randomUUID()}.spool`;

/** The spools of one database, in a folder that is made when it is needed. */
export class SpoolFolder {
  readonly #folder: string;

  /**
   * @param parent where all spools of this installation lie
   * @param location names the database, without a password
   */
  constructor(parent: string, location: string) {
    const database = createHash('sha256').update(location).digest('hex').slice(0, 16);
    this.#folder = join(parent, 'spool', database);
  }

  async create(): Promise<SpoolFile> {
    mkdirSync(this.#folder, { recursive: true });
    return await SpoolFile.create(join(this.#folder, ownName()));
  }

  /** Takes over the spools of processes that are no more, the oldest first. */
  async *adopt(): AsyncGenerator<SpoolFile> {
    if (!existsSync(this.#folder)) return;
    for (const name of readdirSync(this.#folder).sort()) {
      const [, pid, digest] = namePattern.exec(name) ?? [];
      if (pid === undefined || startDigest(Number(pid)) === digest) continue;
      const path = join(this.#folder, name);
      const taken = join(this.#folder, ownName());
      try {
        renameSync(path, taken);
      } catch {
        // Another process was first.
        continue;
      }
      if (existsSync(countPath(path))) renameSync(countPath(path), countPath(taken));
      yield await SpoolFile.open(taken);
    }
  }

  /** Leaves a spool to whoever opens the database next. @returns where it lies now */
  async leave(spool: SpoolFile): Promise<string> {
    await spool.close();
    // No process has the id 0.
    const left = join(this.#folder, `0-00000000-${randomUUID()}.spool`);
    renameSync(spool.path, left);
    renameSync(countPath(spool.path), countPath(left));
    return left;
  }

  async remove(spool: SpoolFile): Promise<void> {
    await spool.close();
    rmSync(spool.path, { force: true });
    rmSync(countPath(spool.path), { force: true });
  }

  /** Puts a damaged spool aside, for whoever wants to look at it. @returns where it lies now */
  async setAside(spool: SpoolFile): Promise<string> {
    await spool.close();
    const aside = `${spool.path}.damaged`;
    renameSync(spool.path, aside);
    rmSync(countPath(spool.path), { force: true });
    return aside;
  }
}
