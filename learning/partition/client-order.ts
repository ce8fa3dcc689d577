/**
 * The order of clients' names: numbers in them by value (`client_2` before `client_10`), all else by
 * UTF-16 code units, so that it is the same on every machine, whatever its locale data. Names that
 * differ in leading zeros alone are in the order of their code units: no two names are equal.
 *
 * @returns below 0 when `a` comes first, above 0 when `b` does
 */
export function compareClientNames(a: string, b: string): number {
  const mine = partsOf(a);
  const other = partsOf(b);
  for (let i = 0; i < Math.min(mine.length, other.length); i++) {
    const order = compareParts(mine[i] ?? '', other[i] ?? '');
    if (order !== 0) return order;
  }
  return mine.length - other.length || compareText(a, b);
}

/** Digits and what is between them, in turn. */
const partsOf = (name: string): readonly string[] => name.match(/[0-9]+|[^0-9]+/g) ?? [];

function compareParts(a: string, b: string): number {
  if (!startsWithDigit(a) || !startsWithDigit(b)) return compareText(a, b);
  const [x, y] = [withoutZeros(a), withoutZeros(b)];
  // A longer number is a larger one, however many digits they have.
  return x.length - y.length || compareText(x, y);
}

const startsWithDigit = (part: string): boolean => /^[0-9]/.test(part);
const withoutZeros = (digits: string): string => digits.replace(/^0+/, '');
const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
