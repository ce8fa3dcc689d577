import { describe, expect, it } from 'vitest';
import { ModelDownloads } from '#internal/edge-agents/model-downloads.js';
import { type Chunk, maxChunkBytes, type RoundPlan, splitIntoChunks, weightsToBytes } from '#protocol';

/** A model of three chunks. */
const weightsOf = (value: number) => new Float32Array((2 * maxChunkBytes) / 4 + 10).fill(value);
const chunksOf = (round: number) => splitIntoChunks(weightsToBytes(weightsOf(round)), round);
const planOf = (round: number): RoundPlan => {
  const [{ sha256, total }] = chunksOf(round) as [Chunk];
  return { round, participants: [0], modelSha256: sha256, modelBytes: total };
};

/** What the plan's model is filled with. */
const planned = (downloads: ModelDownloads) => downloads.planned?.weights.at(-1);

/** Takes chunks in, 1 ms apart. @returns which of them made a model whole */
function take(downloads: ModelDownloads, chunks: readonly Chunk[]): number[] {
  return chunks.flatMap((chunk, at) => (downloads.add(chunk, at) === 'complete' ? [at] : []));
}

describe('model downloads', () => {
  it('hold the plan’s model, whichever of the two comes first', () => {
    const downloads = new ModelDownloads();
    expect(take(downloads, chunksOf(1))).toEqual([2]);
    expect(planned(downloads)).toBeUndefined();
    downloads.follow(planOf(1));
    expect(planned(downloads)).toBe(1);
    expect(downloads.planned).toMatchObject({
      round: 1,
      bytes: 2 * maxChunkBytes + 40,
      downloadTimeS: 0.002,
    });
    downloads.follow(planOf(2));
    expect(planned(downloads)).toBeUndefined();
    take(downloads, chunksOf(2));
    expect(planned(downloads)).toBe(2);
  });

  it('go back to an earlier round with the plan', () => {
    const downloads = new ModelDownloads();
    for (const round of [3, 4, 3, 4, 5]) {
      take(downloads, chunksOf(round));
      downloads.follow(planOf(round));
      expect(planned(downloads)).toBe(round);
    }
  });

  it('keep the plan’s model when the next one, or any other, comes in', () => {
    const downloads = new ModelDownloads();
    take(downloads, chunksOf(1));
    downloads.follow(planOf(1));
    const forged = splitIntoChunks(weightsToBytes(weightsOf(7)), 1e9).slice(0, 1);
    take(downloads, [...forged, ...chunksOf(2)]);
    expect(planned(downloads)).toBe(1);
    downloads.follow(planOf(2));
    expect(planned(downloads)).toBe(2);
  });

  it('take chunks of two rounds that come mixed, as an agent meets them that starts while a model is published', () => {
    const [old, next] = [chunksOf(1), chunksOf(2)];
    const downloads = new ModelDownloads();
    downloads.follow(planOf(2));
    expect(take(downloads, [next[0]!, old[1]!, old[2]!, next[1]!, next[2]!])).toEqual([4]);
    expect(planned(downloads)).toBe(2);
  });

  it('reject bytes that are no weights', () => {
    const downloads = new ModelDownloads();
    const [odd] = splitIntoChunks(Buffer.from('hello'), 1);
    expect(downloads.add(odd!, 0)).toBe('rejected');
  });
});
