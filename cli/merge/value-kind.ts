/** What the values of a column are; `unknown` while all were empty. */
export type ValueKind = 'unknown' | 'number' | 'boolean' | 'text';

const isDigit = (byte: number | undefined): boolean => byte !== undefined && byte >= 0x30 && byte <= 0x39;

/**
 * The kind of one CSV field, which may be quoted; an empty one is `unknown`. Numbers are decimal, with
 * or without an exponent, or NaN and infinity as JavaScript and Python write them; booleans are `true`
 * and `false` in lower case or with a capital.
 *
 * @example valueKind(Buffer.from('-1.5e3'), 0, 6) // 'number'
 */
export function valueKind(bytes: Uint8Array, start: number, end: number): ValueKind {
  if (end - start >= 2 && bytes[start] === 0x22) return valueKind(bytes, start + 1, end - 1);
  if (start >= end) return 'unknown';
  if (isDecimal(bytes, start, end)) return 'number';
  if (end - start > 9) return 'text';
  return (
    words.get(Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('latin1')) ?? 'text'
  );
}

const words: ReadonlyMap<string, ValueKind> = new Map<string, ValueKind>([
  ...['true', 'false', 'True', 'False'].map((word) => [word, 'boolean'] as const),
  ...['NaN', 'nan', 'Infinity', '-Infinity', 'inf', '-inf'].map((word) => [word, 'number'] as const),
]);

function isDecimal(bytes: Uint8Array, start: number, end: number): boolean {
  let at = start;
  if (bytes[at] === 0x2d || bytes[at] === 0x2b) at++;
  const whole = at;
  while (at < end && isDigit(bytes[at])) at++;
  let digits = at - whole;
  if (at < end && bytes[at] === 0x2e) {
    const fraction = ++at;
    while (at < end && isDigit(bytes[at])) at++;
    digits += at - fraction;
  }
  if (digits === 0) return false;
  if (at < end && (bytes[at] === 0x65 || bytes[at] === 0x45)) {
    at++;
    if (bytes[at] === 0x2d || bytes[at] === 0x2b) at++;
    const exponent = at;
    while (at < end && isDigit(bytes[at])) at++;
    if (at === exponent) return false;
  }
  return at === end;
}
