/** Microseconds since 1970 as ISO 8601 in UTC, `2026-01-02T03:04:05.678901Z`. */
export function isoTime(us: bigint): string {
  const fraction = ((us % 1000n) + 1000n) % 1000n;
  const ms = Number((us - fraction) / 1000n);
  return `${new Date(ms).toISOString().slice(0, -1)}${String(fraction).padStart(3, '0')}Z`;
}

/**
 * The reverse of `isoTime`; also takes fewer digits of the second.
 * @throws RangeError when it is no such time
 */
export function microseconds(iso: string): bigint {
  const match = /^((?:\d{4}|[+-]\d{6})-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,6}))?Z$/.exec(iso);
  const ms = Date.parse(`${match?.[1]}Z`);
  if (match === null || Number.isNaN(ms)) throw new RangeError(`not a time: ${iso}`);
  return BigInt(ms) * 1000n + BigInt((match[2] ?? '').padEnd(6, '0'));
}
