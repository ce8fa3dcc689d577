import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Samples } from '#learning';

const folder = fileURLToPath(new URL('../../bench/peers/', import.meta.url));
const python = `${folder}.venv/bin/python`;

export interface PeerSilhouette {
  readonly value: number;
  readonly version: string;
}

/**
 * The silhouette, on `test`, of what scikit-learn's k-means fits to `train`; undefined where
 * bench/peers/setup.sh was not run.
 */
export function peerSilhouette(
  train: Samples,
  test: Samples,
  clusters: number,
  seed: number,
): PeerSilhouette | undefined {
  if (!existsSync(python)) return undefined;
  const work = mkdtempSync(join(tmpdir(), 'mlaas-kmeans-'));
  try {
    const files = [train, test].map(({ features }, i) => {
      const path = join(work, `${i}.f32`);
      writeFileSync(path, Float32Array.from(features));
      return path;
    });
    const columns = train.features.length / train.count;
    const [value = '', version = ''] = execFileSync(
      python,
      [`${folder}kmeans.py`, ...files, ...[columns, clusters, seed].map(String)],
      { encoding: 'utf8' },
    )
      .trim()
      .split(' ');
    return { value: Number(value), version };
  } finally {
    rmSync(work, { recursive: true });
  }
}
