import { expect } from 'vitest';
import { labelCounts, partition } from '#learning';
import { parseRunConfig } from '#protocol';

export const classes = 10;
/** Labels of as many samples of each class. */
export const balanced = (count: number) => Uint8Array.from({ length: count }, (_, i) => i % classes);

/** The shares of ten clients, unless the fields say otherwise. */
export function shares(fields: Record<string, unknown>, labels = balanced(5000)): Uint32Array[] {
  const config = parseRunConfig({ clients: 10, seed: 7, ...fields });
  return partition({ labels, classes }, config);
}

/** Samples a class of each share. */
export const counted = (all: readonly Uint32Array[], labels = balanced(5000)) =>
  all.map((share) => labelCounts(share, labels, classes));
export const sizes = (all: readonly Uint32Array[]) => all.map((share) => share.length);
export const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);

export const impossible = (message: RegExp) =>
  expect.objectContaining({ code: 'PARTITION_IMPOSSIBLE', message: expect.stringMatching(message) });
