import { createHash } from 'node:crypto';

export const signatureDimensions = 256;

export interface UpdateSignature {
  /** Count-sketch of (local - global), scaled to unit length; all zero for an update of nothing. */
  readonly sketch: Float32Array;
  /** L2 norm of (local - global). */
  readonly norm: number;
}

/**
 * A short fingerprint of an update: a count-sketch (Charikar et al. 2002) of the weight delta. Each
 * parameter goes to one of 256 buckets with a random sign, both fixed by `seed`, so the dot product
 * of two signatures of one run estimates the cosine of their updates without bias.
 *
 * @param seed the run's seed: signatures of different seeds are not comparable
 * @throws RangeError for weights of different length
 */
export function updateSignature(local: Float32Array, global: Float32Array, seed: number): UpdateSignature {
  if (local.length !== global.length) {
    throw new RangeError(`signature of ${local.length} against ${global.length} weights`);
  }
  const { imul } = Math;
  const buckets = new Float64Array(signatureDimensions);
  let squares = 0;
  let state = signatureKey(seed);
  for (let i = 0; i < local.length; i++) {
    const delta = (local[i] ?? 0) - (global[i] ?? 0);
    squares += delta * delta;
    // One step of a 32-bit generator gives bucket (8 bits) and sign (1 bit) of a parameter; the finaliser of
    // MurmurHash3 spreads its weak low bits. In one piece: an agent is over before V8 has compiled two functions.
    state = (imul(state, 1664525) + 1013904223) | 0;
    let hash = imul(state ^ (state >>> 16), 0x85ebca6b);
    hash = imul(hash ^ (hash >>> 13), 0xc2b2ae35);
    hash ^= hash >>> 16;
    const bucket = hash & 255;
    buckets[bucket] = (buckets[bucket] ?? 0) + (hash & 256 ? delta : -delta);
  }
  const length = Math.hypot(...buckets);
  const sketch = Float32Array.from(buckets, (value) => (length > 0 ? value / length : 0));
  return { sketch, norm: Math.sqrt(squares) };
}

function signatureKey(seed: number): number {
  return createHash('sha256').update(`${seed}/signature`).digest().readInt32LE(0);
}
