/**
 * Walks the packets of one MQTT connection by their fixed headers (MQTT 3.1.1, 2.2) and tells of a
 * packet that is too large as soon as its length is known, before any of its payload is buffered.
 */
export class PacketSizeLimit {
  readonly #maxBytes: number;
  /** Bytes of the current packet's body still to come; undefined inside a fixed header. */
  #bodyLeft: number | undefined;
  #headerBytes = 0;
  #length = 0;

  /** @param maxBytes largest remaining length of a packet */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Takes the connection's next bytes; false when they announce a packet over the limit. */
  accepts(bytes: Uint8Array): boolean {
    let at = 0;
    while (at < bytes.byteLength) {
      if (this.#bodyLeft === undefined) {
        if (!this.#readHeaderByte(bytes[at] ?? 0)) return false;
        at++;
      } else {
        const skipped = Math.min(this.#bodyLeft, bytes.byteLength - at);
        at += skipped;
        this.#bodyLeft -= skipped;
      }
      if (this.#bodyLeft === 0) this.#bodyLeft = undefined;
    }
    return true;
  }

  #readHeaderByte(byte: number): boolean {
    const position = this.#headerBytes++;
    if (position === 0) return true;
    this.#length += (byte & 0x7f) * 128 ** (position - 1);
    if (this.#length > this.#maxBytes || position > 4) return false;
    if ((byte & 0x80) === 0) {
      this.#bodyLeft = this.#length;
      this.#headerBytes = 0;
      this.#length = 0;
    }
    return true;
  }
}
