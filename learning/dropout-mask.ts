import type { RandomStream } from '#protocol';

/**
 * Fills a mask of inverted dropout, value by value: 0 with probability `rate`, else 1 / (1 - rate), which
 * keeps the mean. Drawn here and not by an engine, so that every engine drops the same values out.
 *
 * @throws RangeError without a stream
 */
export function fillDropoutMask(mask: Float32Array, rate: number, stream: RandomStream | undefined): void {
  if (stream === undefined) throw new RangeError('a model with dropout needs a stream for its masks');
  const kept = 1 / (1 - rate);
  for (let i = 0; i < mask.length; i++) mask[i] = stream.float() < rate ? 0 : kept;
}
