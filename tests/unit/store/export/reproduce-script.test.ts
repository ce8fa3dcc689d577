import { describe, expect, it } from 'vitest';
import type { Manifest } from '#internal/store/export/manifest.js';
import { reproduceScript } from '#internal/store/export/reproduce-script.js';
import type { RunFacts } from '#internal/store/export/run-facts.js';
import { parseRunConfig } from '#protocol';

function scriptOf(run: Readonly<Record<string, unknown>>, config: Readonly<Record<string, unknown>>): string {
  const facts = {
    run: {
      run_id: 'r1',
      name: 'one',
      rounds: 30,
      rounds_finished: 3,
      weights_sha256: 'abc',
      config: parseRunConfig({ rounds: 30, ...config }),
      ...run,
    },
    params: [],
  } as unknown as RunFacts;
  return reproduceScript({ generator: '0.1.0' } as Manifest, [facts]);
}

describe('reproduce.sh', () => {
  it('makes a finished run again as it was, and one that ended early up to its last round', () => {
    const finished = scriptOf({ status: 'finished', rounds_finished: 30 }, {});
    expect(finished).toMatch(/^again again-one abc <<'END'$/m);
    expect(finished).toMatch(/^rounds: 30$/m);
    const interrupted = scriptOf({ status: 'interrupted' }, {});
    expect(interrupted).toMatch(/^again again-one abc <<'END'$/m);
    expect(interrupted).toMatch(/^rounds: 3$/m);
    expect(interrupted).toContain('interrupted after 3 of 30 rounds');
  });

  it.each([
    [{ status: 'interrupted' }, { strategy: 'temporal_drift' }],
    [{ status: 'failed' }, { strategy: 'concept_drift' }],
    [{ status: 'failed' }, { modelType: 'random_forest' }],
    [{ status: 'interrupted', rounds_finished: 0, weights_sha256: null }, {}],
  ])('says that %j with %j cannot be made again', (run, config) => {
    const script = scriptOf(run, config);
    expect(script).toMatch(/^echo 'one: .* of 30 rounds, which cannot be made again by itself' >&2$/m);
    expect(script).not.toMatch(/^again again/m);
  });
});
