import { lstat, writeFile } from 'node:fs/promises';
import { join, parse } from 'node:path';
import { FleetError, toFleetError } from '#protocol';
import type { ask } from './ask.js';

/**
 * Asks for a name and saves a run file under it. Proposes a name that is free, so that Enter throughout
 * never replaces an earlier run, and asks before it replaces a file whose name was typed.
 * @param text the run file
 * @param terminal where to ask
 * @throws FleetError OUTPUT_UNWRITABLE; INTERRUPTED on Ctrl-C
 */
export async function saveRunFile(
  text: string,
  terminal: Pick<typeof ask, 'text' | 'yesOrNo'>,
): Promise<void> {
  let wanted = 'run.yaml';
  for (;;) {
    const proposed = await freeName(wanted);
    const file = await terminal.text(
      'Save it as a run file? Its name, or nothing',
      proposed,
      () => undefined,
    );
    if (file === '') return;
    if (await writeNew(file, text)) return;
    if (await terminal.yesOrNo(`${file} is already there. Replace it?`, false)) {
      await write(file, text, 'w');
      return;
    }
    wanted = file;
  }
}

/** The name itself, or the first of name-2, name-3 … that is not taken. */
async function freeName(wanted: string): Promise<string> {
  const { dir, name, ext } = parse(wanted);
  let free = wanted;
  for (let number = 2; await isTaken(free); number++) free = join(dir, `${name}-${number}${ext}`);
  return free;
}

const isTaken = (file: string): Promise<boolean> =>
  lstat(file).then(
    () => true,
    () => false,
  );

/**
 * Writes a file that must not be there yet. Only the system knows for certain: a file can come between a
 * look and the write.
 * @returns false when it is there
 */
async function writeNew(file: string, text: string): Promise<boolean> {
  try {
    await write(file, text, 'wx');
    return true;
  } catch (cause) {
    if (cause instanceof FleetError && isAlreadyThere(cause.cause)) return false;
    throw cause;
  }
}

async function write(file: string, text: string, flag: 'w' | 'wx'): Promise<void> {
  try {
    await writeFile(file, text, { flag });
  } catch (cause) {
    throw new FleetError('OUTPUT_UNWRITABLE', `${file} (${toFleetError(cause).message})`, { cause });
  }
}

const isAlreadyThere = (cause: unknown): boolean =>
  cause instanceof Error && 'code' in cause && cause.code === 'EEXIST';
