import { existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { saveRunFile } from '#internal/cli/wizard/save-run-file.js';

const text = 'clients: 3\n';
const earlier = 'dataset: mnist\n';
const home = process.cwd();

beforeEach(() => {
  process.chdir(mkdtempSync(join(tmpdir(), 'mlaas-wizard-')));
});
afterEach(() => process.chdir(home));

const contentOf = (name: string): string => readFileSync(name, 'utf8');

/** Gives the answers one after the other, then Enter to all that is asked; notes what is asked. */
function people(...answers: readonly (string | boolean)[]) {
  const left = [...answers];
  const asked: string[] = [];
  const answer = <T extends string | boolean>(message: string, initial: T): T => {
    asked.push(`${message} [${initial}]`);
    return (left.shift() as T | undefined) ?? initial;
  };
  return {
    asked,
    text: async (message: string, initial: string) => answer(message, initial),
    yesOrNo: async (message: string, initial: boolean) => answer(message, initial),
  };
}

describe('the wizard’s run file', () => {
  it('is saved where it is asked for, or not at all', async () => {
    await saveRunFile(text, people('mine.yaml'));
    expect(contentOf('mine.yaml')).toBe(text);
    const nobody = people('');
    await saveRunFile(text, nobody);
    expect(nobody.asked).toHaveLength(1);
  });

  it('has a name of its own with Enter throughout', async () => {
    await saveRunFile(earlier, people());
    await saveRunFile(earlier, people());
    await saveRunFile(text, people());
    expect(['run.yaml', 'run-2.yaml', 'run-3.yaml'].map(contentOf)).toEqual([earlier, earlier, text]);
  });

  it('is not written over another of its name, and another name is asked for', async () => {
    mkdirSync('folder');
    writeFileSync('folder/mine.yaml', earlier);
    const user = people('folder/mine.yaml');
    await saveRunFile(text, user);
    expect(user.asked.slice(1)).toEqual([
      'folder/mine.yaml is already there. Replace it? [false]',
      'Save it as a run file? Its name, or nothing [folder/mine-2.yaml]',
    ]);
    expect(contentOf('folder/mine.yaml')).toBe(earlier);
    expect(contentOf('folder/mine-2.yaml')).toBe(text);
  });

  it('replaces an earlier one when told so', async () => {
    writeFileSync('mine.yaml', earlier);
    await saveRunFile(text, people('mine.yaml', true));
    expect(contentOf('mine.yaml')).toBe(text);
  });

  it('does not replace a file that is made while its name is asked for', async () => {
    const user = people('mine.yaml', false, '');
    const racing = {
      ...user,
      text: async (message: string, initial: string) => {
        writeFileSync('mine.yaml', earlier);
        return user.text(message, initial);
      },
    };
    await saveRunFile(text, racing);
    expect(user.asked[1]).toContain('is already there');
    expect(contentOf('mine.yaml')).toBe(earlier);
  });

  it('that cannot be written says why, and another name is asked for', async () => {
    const user = people('none/mine.yaml');
    await saveRunFile(text, user);
    expect(user.asked[1]).toMatch(/^cannot write the output: none\/mine.yaml \(ENOENT.* Another name/);
    expect(existsSync('none')).toBe(false);
    expect(contentOf('run.yaml')).toBe(text);

    mkdirSync('folder');
    const other = people('folder', true, '');
    await saveRunFile(text, other);
    expect(other.asked).toHaveLength(3);
    expect(other.asked[2]).toContain('EISDIR');
  });
});
