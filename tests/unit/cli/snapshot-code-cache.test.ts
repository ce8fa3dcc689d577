import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { withoutCodeCache } from '#internal/cli/snapshot-code-cache.js';

const folder = mkdtempSync(join(tmpdir(), 'mlaas-code-cache-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const number = (value: number): Buffer => {
  const bytes = Buffer.alloc(8);
  bytes.writeUInt32LE(value);
  return bytes;
};
const modules = (count: number, ending = ''): Buffer =>
  Buffer.concat([
    number(count),
    ...Array.from({ length: count }, (_, i) => {
      const name = `internal/module${i}`;
      return Buffer.concat([
        number(name.length),
        Buffer.from(name + ending),
        number(i),
        Buffer.alloc(i, i % 7),
      ]);
    }),
  ]);
/** With what could be taken for a count in it. */
const heap = Buffer.concat([Buffer.alloc(999), number(321), number(12), Buffer.from('not a module')]);

describe('the code cache of a snapshot', () => {
  it.each([
    ['as Node 20 writes names', '\0'],
    ['as later ones do', ''],
  ])('is cut off and said to be empty, %s', (_, ending) => {
    const cut = withoutCodeCache(Buffer.concat([heap, modules(300, ending)]));
    expect(cut).toEqual(Buffer.concat([heap, number(0)]));
  });

  it.each([
    ['goes on behind it', Buffer.concat([heap, modules(300), Buffer.alloc(1)])],
    ['ends within it', Buffer.concat([heap, modules(300)]).subarray(0, -1)],
    ['holds a few entries only', Buffer.concat([heap, modules(20)])],
    ['has none', heap],
    ['is empty', Buffer.alloc(0)],
  ])('is left alone in a file that %s', (_, snapshot) => {
    expect(withoutCodeCache(snapshot)).toBeUndefined();
  });

  it('is found in a snapshot of this Node, which starts without it', () => {
    const program = join(folder, 'program.cjs');
    const blob = join(folder, 'program.blob');
    writeFileSync(
      program,
      `require('node:v8').startupSnapshot.setDeserializeMainFunction(() => console.log(require('node:os').EOL === '\\n'))`,
    );
    execFileSync(process.execPath, ['--snapshot-blob', blob, '--build-snapshot', program]);
    const whole = readFileSync(blob);
    const cut = withoutCodeCache(whole);
    expect(cut!.length).toBeLessThan(whole.length - 1e6);
    writeFileSync(blob, cut!);
    expect(execFileSync(process.execPath, ['--snapshot-blob', blob], { encoding: 'utf8' })).toBe('true\n');
  });
});
