/** Bytes to write, gathered into large pieces. */
export class OutputBytes {
  #buffer = Buffer.allocUnsafe(pieceBytes + slackBytes);
  #length = 0;

  /** Whether there is enough for a piece. */
  get isFull(): boolean {
    return this.#length >= pieceBytes;
  }

  /** Appends ASCII text, or a short text in UTF-8. */
  text(text: string): void {
    this.#reserve(3 * text.length);
    this.#length += this.#buffer.write(text, this.#length);
  }

  bytes(source: Uint8Array, start: number, end: number): void {
    this.#reserve(end - start);
    // For a few bytes the call of a copy costs more than the copy.
    if (end - start < 24) {
      for (let at = start; at < end; at++) this.#buffer[this.#length++] = source[at] ?? 0;
    } else {
      this.#buffer.set(source.subarray(start, end), this.#length);
      this.#length += end - start;
    }
  }

  /** Hands out what was gathered and begins anew. */
  take(): Uint8Array {
    const piece = this.#buffer.subarray(0, this.#length);
    this.#buffer = Buffer.allocUnsafe(pieceBytes + slackBytes);
    this.#length = 0;
    return piece;
  }

  #reserve(more: number): void {
    if (this.#length + more <= this.#buffer.length) return;
    const larger = Buffer.allocUnsafe(2 * (this.#length + more));
    larger.set(this.#buffer.subarray(0, this.#length));
    this.#buffer = larger;
  }
}

const pieceBytes = 2 ** 20;
/** Room for the record that makes a piece full. */
const slackBytes = 2 ** 14;
