import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { agentProcess } from '#internal/cli/agent-process.js';

const cache = mkdtempSync(join(tmpdir(), 'mlaas-agent-process-'));
const folder = join(cache, 'agent');
afterAll(() => rmSync(cache, { recursive: true, force: true }));

const help = (nodeArguments: readonly string[]): string =>
  execFileSync(process.execPath, [...nodeArguments, '--help'], { encoding: 'utf8' });

describe('an agent’s process', () => {
  it('starts from a snapshot, made once, that answers as the bundle does', async () => {
    const first = await agentProcess('onnx', cache);
    const [blob] = readdirSync(folder);
    expect(first).toContain(join(folder, blob!));
    const made = statSync(join(folder, blob!)).ino;
    expect(await agentProcess('auto', cache)).toEqual(first);
    expect(readdirSync(folder)).toEqual([blob]);
    expect(statSync(join(folder, blob!)).ino).toBe(made);
    expect(help(first)).toBe(help(await agentProcess('tfjs', cache)));
  });

  it('has the same snapshot in runs that begin at the same time', async () => {
    const fresh = join(cache, 'fresh');
    const [first, second] = await Promise.all([agentProcess('onnx', fresh), agentProcess('onnx', fresh)]);
    expect(first).toContain('--snapshot-blob');
    expect(second).toEqual(first);
    expect(readdirSync(join(fresh, 'agent'))).toHaveLength(1);
  });

  it('is started anew for other flags of Node, which V8 would refuse', async () => {
    const other = process.env.NODE_OPTIONS;
    process.env.NODE_OPTIONS = '--max-old-space-size=512';
    try {
      expect(help(await agentProcess('onnx', cache))).toContain('mlaas agent');
      expect(readdirSync(folder)).toHaveLength(2);
    } finally {
      if (other === undefined) delete process.env.NODE_OPTIONS;
      else process.env.NODE_OPTIONS = other;
    }
  });

  it('is the bundle where TensorFlow.js trains, or where no snapshot can be kept', async () => {
    const file = join(cache, 'file');
    writeFileSync(file, '');
    for (const bundle of [await agentProcess('tfjs', cache), await agentProcess('onnx', file)]) {
      expect(bundle.at(-1)).toMatch(/agent\.js$/);
      expect(bundle).not.toContain('--snapshot-blob');
    }
  });

  it('removes snapshots that nothing has used for a month', async () => {
    const old = join(folder, 'old.blob');
    writeFileSync(old, '');
    const longAgo = new Date(Date.now() - 31 * 24 * 3600 * 1000);
    utimesSync(old, longAgo, longAgo);
    for (const name of readdirSync(folder)) if (name !== 'old.blob') rmSync(join(folder, name));
    await agentProcess('onnx', cache);
    expect(readdirSync(folder)).not.toContain('old.blob');
  });
});
