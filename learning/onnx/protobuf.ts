/** Wire types of protocol buffers (Encoding guide, "Message Structure"). */
const varint = 0;
const lengthDelimited = 2;
const fixed32 = 5;
/** Of a safe integer, 53 bits. */
const maxVarintBytes = 8;

const text = new TextEncoder();

/**
 * Writes one protocol-buffers message, field after field. Just what ONNX needs: integers, floats,
 * strings, bytes and messages in messages; no groups, no packed fields, no negative integers.
 */
export class MessageWriter {
  #bytes = new Uint8Array(256);
  #length = 0;

  integer(field: number, value: number): this {
    this.#varint(field * 8 + varint);
    this.#varint(value);
    return this;
  }

  float(field: number, value: number): this {
    this.#varint(field * 8 + fixed32);
    this.#append(new Uint8Array(Float32Array.of(value).buffer));
    return this;
  }

  string(field: number, value: string): this {
    return this.bytes(field, text.encode(value));
  }

  bytes(field: number, value: Uint8Array): this {
    this.#varint(field * 8 + lengthDelimited);
    this.#varint(value.length);
    this.#append(value);
    return this;
  }

  message(field: number, value: MessageWriter): this {
    return this.bytes(field, value.finish());
  }

  /** The message's bytes; a view that further writing may change. */
  finish(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  /** Base 128, lowest group first; division, because lengths may be beyond 31 bits. */
  #varint(value: number): void {
    if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`${value} as a varint`);
    this.#reserve(maxVarintBytes);
    let rest = value;
    while (rest > 127) {
      this.#bytes[this.#length++] = (rest % 128) + 128;
      rest = Math.floor(rest / 128);
    }
    this.#bytes[this.#length++] = rest;
  }

  #append(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  #reserve(more: number): void {
    const needed = this.#length + more;
    if (needed <= this.#bytes.length) return;
    const larger = new Uint8Array(Math.max(needed, 2 * this.#bytes.length));
    larger.set(this.finish());
    this.#bytes = larger;
  }
}
