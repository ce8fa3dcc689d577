/** Client numbers and rounds up to this are kept as bits; beyond it, as text. */
const denseLimit = 2 ** 16;

/**
 * Which (run, round, client) keys have been seen, exactly. In a run nearly all clients have a row in
 * every round, so a round is a bit set over its clients. Keys that are not small whole numbers are
 * kept as text, some 100 bytes each.
 */
export class SeenRows {
  readonly #runs = new Map<string, Map<number, Uint32Array>>();
  readonly #others = new Set<string>();

  /**
   * Takes a key in. Numbers are compared as numbers: round `01` is round `1`.
   * @returns whether it was new
   */
  add(run: string, round: string, client: string): boolean {
    const roundNumber = smallNumber(round);
    const clientNumber = smallNumber(client);
    if (roundNumber === undefined || clientNumber === undefined) {
      const size = this.#others.size;
      this.#others.add(JSON.stringify([run, roundNumber ?? round, clientNumber ?? client]));
      return this.#others.size > size;
    }
    let rounds = this.#runs.get(run);
    if (rounds === undefined) {
      rounds = new Map();
      this.#runs.set(run, rounds);
    }
    const word = clientNumber >>> 5;
    const bit = 1 << (clientNumber & 31);
    let bits = rounds.get(roundNumber);
    if (bits === undefined || word >= bits.length) {
      const wider = new Uint32Array(Math.max(word + 1, 2 * (bits?.length ?? 0)));
      wider.set(bits ?? []);
      bits = wider;
      rounds.set(roundNumber, bits);
    }
    const before = bits[word] ?? 0;
    bits[word] = before | bit;
    return (before & bit) === 0;
  }
}

function smallNumber(text: string): number | undefined {
  if (!/^\d{1,7}$/.test(text)) return undefined;
  const value = Number(text);
  return value < denseLimit ? value : undefined;
}
