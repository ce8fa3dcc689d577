import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CheckpointFolder } from '#aggregator';
import { sha256, weightsToBytes } from '#protocol';

const aggregator = new URL('../../../dist/aggregator/index.js', import.meta.url).href;
const root = fileURLToPath(new URL('../../..', import.meta.url));
const weights = Float32Array.of(1, 2, 3);
const hash = sha256(weightsToBytes(weights));

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mlaas-checkpoint-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('a checkpoint folder', () => {
  it('gives back what was written, and keeps three rounds', () => {
    const checkpoints = new CheckpointFolder(join(folder, 'new'));
    const memory = [Float64Array.of(0.5)];
    for (const round of [1, 2, 3, 4]) checkpoints.write({ round, weights, memory });
    expect(checkpoints.read(4, hash)).toEqual({ round: 4, weights, memory });
    expect(readdirSync(join(folder, 'new')).sort()).toEqual([2, 3, 4].map((n) => `round-${n}.checkpoint`));
  });

  it('fails where the disk takes a part only, and leaves nothing of it', () => {
    const script = join(folder, 'write.mjs');
    writeFileSync(
      script,
      `import { CheckpointFolder } from '${aggregator}';
      try {
        new CheckpointFolder('${folder}/run').write({ round: 1, weights: new Float32Array(40000), memory: [] });
        console.log('written');
      } catch (error) {
        console.log(error.code);
      }`,
    );
    // The system takes what fits under the limit, as it does on a disk that is almost full.
    const limited = ['-c', 'ulimit -f 8 && exec "$0" "$1"', process.execPath, script];
    expect(execFileSync('sh', limited, { cwd: root, encoding: 'utf8' })).toBe('OUTPUT_UNWRITABLE\n');
    expect(readdirSync(join(folder, 'run'))).toEqual([]);
  });
});
