/**
 * The L2 norm of a local update: of (local - global), summed in float64.
 * @throws RangeError for weights of different length
 */
export function updateNorm(local: Float32Array, global: Float32Array): number {
  if (local.length !== global.length) {
    throw new RangeError(`norm of ${local.length} against ${global.length} weights`);
  }
  let sum = 0;
  for (let i = 0; i < local.length; i++) {
    const difference = (local[i] ?? 0) - (global[i] ?? 0);
    sum += difference * difference;
  }
  return Math.sqrt(sum);
}
