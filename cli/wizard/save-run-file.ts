import { lstat, writeFile } from 'node:fs/promises';
import { join, parse } from 'node:path';
import { FleetError, toFleetError } from '#protocol';
import type { ask } from './ask.js';

const standardName = 'run.yaml';

/**
 * Asks for a name and saves a run file under it. Proposes a name that is free, so that Enter throughout
 * never replaces an earlier run, asks before it replaces a file whose name was typed, and asks again where the
 * file cannot be written: the answers that led to it are worth more than a name.
 * @param text the run file
 * @param terminal where to ask
 * @throws FleetError INTERRUPTED on Ctrl-C
 */
export async function saveRunFile(
  text: string,
  terminal: Pick<typeof ask, 'text' | 'yesOrNo'>,
): Promise<void> {
  let question = 'Save it as a run file? Its name, or nothing';
  let wanted = standardName;
  for (;;) {
    const file = await terminal.text(question, await freeName(wanted), () => undefined);
    if (file === '') return;
    try {
      if (await writeNew(file, text)) return;
      if (await terminal.yesOrNo(`${file} is already there. Replace it?`, false)) {
        await write(file, text, 'w');
        return;
      }
      wanted = file;
    } catch (cause) {
      const error = toFleetError(cause);
      if (error.code !== 'OUTPUT_UNWRITABLE') throw cause;
      question = `${error.message}. Another name, or nothing`;
      wanted = standardName;
    }
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
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new FleetError('OUTPUT_UNWRITABLE', `${file} (${reason})`, { cause });
  }
}

const isAlreadyThere = (cause: unknown): boolean =>
  cause instanceof Error && 'code' in cause && cause.code === 'EEXIST';
