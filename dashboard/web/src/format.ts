/** Numbers for people: a few digits, a unit, never a layout jump (fonts are tabular). */
export function duration(milliseconds: number): string {
  const seconds = Math.max(0, Math.round(milliseconds / 1000));
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const two = (value: number): string => String(value).padStart(2, '0');
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}

export const ratio = (value: number | undefined): string => (value === undefined ? '–' : value.toFixed(4));

export const seconds = (value: number): string => `${value < 10 ? value.toFixed(2) : value.toFixed(1)} s`;

/** Decimal multiples, three significant digits: `1.23 MB`. */
export function quantity(value: number, unit: string): string {
  const prefixes = ['', 'k', 'M', 'G', 'T'];
  let index = 0;
  let scaled = value;
  while (scaled >= 999.5 && index < prefixes.length - 1) {
    scaled /= 1000;
    index++;
  }
  const digits =
    index === 0
      ? scaled < 10 && !Number.isInteger(scaled)
        ? 1
        : 0
      : scaled < 9.995
        ? 2
        : scaled < 99.95
          ? 1
          : 0;
  return `${scaled.toFixed(digits)} ${prefixes[index]}${unit}`.trim();
}

export const clock = (at: number): string => new Date(at).toLocaleTimeString([], { hour12: false });
