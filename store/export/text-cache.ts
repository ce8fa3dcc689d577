const slots = 4096;
/** Longer texts are seldom repeated, and comparing them would cost more than it saves. */
const longest = 64;

/**
 * Decodes UTF-8 fields of a column. Most text columns hold few different values, so each is decoded
 * once and then found by its bytes, which also lets all rows share one string.
 */
export class TextCache {
  readonly #bytes: (Buffer | undefined)[] = new Array(slots);
  readonly #texts: string[] = new Array(slots);

  decode(source: Buffer, offset: number, length: number): string {
    const end = offset + length;
    if (length > longest) return source.toString('utf8', offset, end);
    const slot = hash(source, offset, end) & (slots - 1);
    const known = this.#bytes[slot];
    const text = this.#texts[slot];
    if (known !== undefined && text !== undefined && equals(known, source, offset, length)) return text;
    const decoded = source.toString('utf8', offset, end);
    this.#bytes[slot] = Buffer.from(source.subarray(offset, end));
    this.#texts[slot] = decoded;
    return decoded;
  }
}

/** FNV-1a. */
function hash(source: Buffer, offset: number, end: number): number {
  let value = 0x811c9dc5;
  for (let i = offset; i < end; i++) value = Math.imul(value ^ (source[i] ?? 0), 0x01000193);
  // The low bits alone are weak in short texts.
  return value ^ (value >>> 15);
}

function equals(known: Buffer, source: Buffer, offset: number, length: number): boolean {
  if (known.length !== length) return false;
  for (let i = 0; i < length; i++) if (known[i] !== source[offset + i]) return false;
  return true;
}
