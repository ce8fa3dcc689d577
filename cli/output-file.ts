import { constants, createWriteStream } from 'node:fs';
import { access, mkdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { FleetError } from '#protocol';

/** Where a run's CSV goes: a bare file name, or none, goes under `outputs/runs/`. */
export function outputPath(output: string | undefined, runName: string): string {
  if (output === undefined) return resolve('outputs', 'runs', `${runName}.csv`);
  return basename(output) === output ? resolve('outputs', 'runs', output) : resolve(output);
}

/**
 * Makes sure before a run that its output can be written after it.
 * @throws FleetError OUTPUT_UNWRITABLE
 */
export async function assertWritable(path: string): Promise<void> {
  try {
    await mkdir(dirname(path), { recursive: true });
    if ((await stat(path).catch(() => undefined))?.isDirectory()) throw new Error('is a folder');
    await access(dirname(path), constants.W_OK);
    // Permission bits do not tell all (a full disk, a read-only mount): only a write does.
    const probe = `${path}.${process.pid}.part`;
    await writeFile(probe, '');
    await rm(probe);
  } catch (cause) {
    throw unwritable(path, cause);
  }
}

/** Writes text or bytes to a file that appears whole or not at all. */
export async function writeChunks(path: string, chunks: AsyncIterable<string | Uint8Array>): Promise<void> {
  const partial = join(dirname(path), `.${basename(path)}.${process.pid}.part`);
  try {
    await pipeline(Readable.from(chunks), createWriteStream(partial));
    await rename(partial, path);
  } catch (cause) {
    await rm(partial, { force: true });
    throw cause instanceof FleetError ? cause : unwritable(path, cause);
  }
}

function unwritable(path: string, cause: unknown): FleetError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new FleetError('OUTPUT_UNWRITABLE', `${path} (${reason})`, { cause });
}
