import { describe, expect, it } from 'vitest';
import { createComposition } from '#composition';

const eligible = Array.from({ length: 20 }, (_, client) => client);

describe('composition', () => {
  it('all takes every eligible client', () => {
    expect(createComposition('all', 1).choose({ round: 1, eligible: [2, 5, 9] })).toEqual([2, 5, 9]);
  });

  it('random:K draws K distinct clients, ascending', () => {
    const chosen = createComposition('random:7', 3).choose({ round: 4, eligible });
    expect(chosen).toHaveLength(7);
    expect(new Set(chosen).size).toBe(7);
    expect(chosen).toEqual([...chosen].sort((a, b) => a - b));
  });

  it('random:K makes the same decision for the same seed and round, and another for others', () => {
    const choose = (seed: number, round: number) =>
      createComposition('random:7', seed).choose({ round, eligible }).join();
    expect(choose(3, 4)).toBe(choose(3, 4));
    expect(new Set([choose(3, 4), choose(3, 5), choose(4, 4)]).size).toBe(3);
  });

  it('random:K chooses every client equally often in the long run', () => {
    const strategy = createComposition('random:5', 11);
    const counts = new Array<number>(20).fill(0);
    const rounds = 4000;
    for (let round = 1; round <= rounds; round++) {
      for (const client of strategy.choose({ round, eligible })) counts[client]!++;
    }
    const expected = rounds / 4;
    // Binomial with p = 1/4: five standard deviations are 137.
    for (const count of counts) expect(Math.abs(count - expected)).toBeLessThan(137);
  });
});
