import { randomStream } from '#protocol';

/** The clients that drift: round(share · N) of them, drawn without replacement. */
export function driftingClients(clients: number, share: number, seed: number): ReadonlySet<number> {
  const order = Uint32Array.from({ length: clients }, (_, client) => client);
  return new Set(
    randomStream(seed, 'drift')
      .shuffle(order)
      .subarray(0, Math.round(share * clients)),
  );
}

/**
 * What each label becomes for a client whose concept drifted: one cycle through all labels, drawn
 * uniformly among such cycles (Sattolo 1986), so that no label stays what it was. P(y | x) changes and
 * P(x) does not: real concept drift in the terms of Gama et al. 2014.
 *
 * @returns the new label by the old one; with a single class nothing can change
 */
export function labelCycle(classes: number, client: number, seed: number): Uint8Array {
  const stream = randomStream(seed, 'drift', client);
  const cycle = Uint8Array.from({ length: classes }, (_, label) => label);
  for (let i = classes - 1; i > 0; i--) {
    const j = stream.integer(0, i - 1);
    const swap = cycle[i] ?? 0;
    cycle[i] = cycle[j] ?? 0;
    cycle[j] = swap;
  }
  return cycle;
}
