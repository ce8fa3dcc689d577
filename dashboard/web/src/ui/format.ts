/** Numbers as people read them, each with its unit. The page is in English whatever the browser's language. */
const decimals = (digits: number): Intl.NumberFormat =>
  new Intl.NumberFormat('en', { minimumFractionDigits: digits, maximumFractionDigits: digits });
const whole = decimals(0);
const one = decimals(1);
const two = decimals(2);
const four = decimals(4);
const clock = new Intl.DateTimeFormat('en', {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hourCycle: 'h23',
});

export const noValue = '–';

export const capitalised = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** A count with its noun: `1 round`, `5 rounds`. */
export const formatCounted = (value: number, noun: string): string =>
  `${formatCount(value)} ${noun}${value === 1 ? '' : 's'}`;

/** A number that JSON could not carry (NaN of a diverged model) comes as null: it is not to look like 0. */
const orNoValue = (value: number | null | undefined, format: (value: number) => string): string =>
  value === undefined || value === null || !Number.isFinite(value) ? noValue : format(value);

export const formatCount = (value: number): string => orNoValue(value, (known) => whole.format(known));

/** @param ratio in 0..1 */
export const formatPercent = (ratio: number | undefined): string =>
  orNoValue(ratio, (value) => `${two.format(value * 100)} %`);

/** A difference of two ratios in percentage points, with its sign. */
export function formatPoints(difference: number): string {
  const points = difference * 100;
  return `${points < 0 ? '−' : '+'}${two.format(Math.abs(points))} pp`;
}

const leastPlain = 1e-4;
const mostPlain = 1e6;

/** Whether a number is too large or too small to be read without an exponent. */
export const needsExponent = (value: number): boolean =>
  value !== 0 && (Math.abs(value) >= mostPlain || Math.abs(value) < leastPlain);

/** `5.9e38`. @param digits significant ones, at most; ending zeros are left out */
export const formatExponent = (value: number, digits = 3): string =>
  Number(value.toPrecision(digits)).toExponential().replace('e+', 'e');

export const formatLoss = (loss: number | undefined): string =>
  orNoValue(loss, (value) => (needsExponent(value) ? formatExponent(value) : four.format(value)));

/** A rate without its unit: whole numbers from 10 on. */
export const formatRate = (perSecond: number): string =>
  perSecond >= 10 || perSecond === 0 ? whole.format(perSecond) : one.format(perSecond);

/** Bytes in decimal units: `1.2 MB`. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${unit > 0 && value < 99.95 ? one.format(value) : whole.format(value)} ${units[unit]}`;
}

export const formatMegabytes = (mb: number | undefined): string =>
  orNoValue(mb, (value) => formatBytes(value * 1e6));

/** @param seconds e.g. 75.2 → `1 min 15 s`, 0.25 → `250 ms` */
export function formatDuration(seconds: number): string {
  if (isBelowSecond(seconds)) return formatMilliseconds(seconds);
  const s = Math.max(0, Math.round(seconds));
  if (s < 60) return `${s} s`;
  const pad = (value: number): string => String(value).padStart(2, '0');
  const minutes = Math.floor(s / 60);
  if (minutes < 60) return `${minutes} min ${pad(s % 60)} s`;
  return `${Math.floor(minutes / 60)} h ${pad(minutes % 60)} min`;
}

/** A duration that counts up or down: in whole seconds from its start to its end. */
export const formatClock = (seconds: number): string => formatDuration(Math.round(seconds));

/** A short duration with a tenth of a second. */
export const formatSeconds = (seconds: number): string =>
  seconds >= 60 || isBelowSecond(seconds) ? formatDuration(seconds) : `${one.format(seconds)} s`;

/** Local time of day, `14:03:09`. @param at milliseconds since 1970 */
export const formatTime = (at: number): string => clock.format(at);

/** Minutes and seconds, or less: how old something is. @param ms may be a little below 0, by the clocks */
export function formatAge(ms: number): string {
  if (ms < 1000) return '< 1 s';
  return formatDuration(ms / 1000);
}

const significant = new Intl.NumberFormat('en', { maximumSignificantDigits: 3 });
const exact = new Intl.NumberFormat('en', { maximumFractionDigits: 2 });

/** Three significant digits, or two decimals from 100 on. */
function formatNumber(value: number): string {
  if (needsExponent(value)) return formatExponent(value);
  return (Math.abs(value) >= 100 ? exact : significant).format(value);
}

/** A virtual clock's rounds and a quick agent's steps take less: they are not to look like 0. */
const isBelowSecond = (seconds: number): boolean => seconds > 0 && seconds < 0.9995;

const formatMilliseconds = (seconds: number): string =>
  `${needsExponent(seconds * 1000) ? formatExponent(seconds * 1000) : significant.format(seconds * 1000)} ms`;

/** A value with its unit: `12.3 ms`, `1.2 kB/s`, `45.00 %`. */
export function formatValue(value: number | null | undefined, unit: string): string {
  return orNoValue(value, (known) => {
    switch (unit) {
      case 'ratio':
        return formatPercent(known);
      case 'bytes':
        return formatBytes(known);
      case 'bytes/s':
        return `${formatBytes(known)}/s`;
      case 'MB':
        return formatMegabytes(known);
      case 'messages':
      case 'rows':
        return `${formatNumber(known)} ${known === 1 ? unit.slice(0, -1) : unit}`;
      case 'messages/s':
      case 'rows/s':
        return `${formatRate(known)} /s`;
      case 'cores':
        return `${formatCount(known * 100)} % of a core`;
      case 's':
        return isBelowSecond(known) ? formatMilliseconds(known) : `${formatNumber(known)} s`;
      default:
        return unit === '' ? formatNumber(known) : `${formatNumber(known)} ${unit}`;
    }
  });
}
/** The unit that a column of the store has in its name, such as `upload_time_s`. */
export function unitOfColumn(name: string): string {
  if (/(accuracy|metric_score|_ratio|_rate|f1|availability|utilization)$/.test(name)) {
    return name === 'cpu_utilization' ? 'cores' : 'ratio';
  }
  const suffix = /_(ms|s|mb|usd|j|w)$/.exec(name)?.[1];
  if (suffix === 'mb') return 'MB';
  if (/bytes/.test(name)) return 'bytes';
  return suffix === undefined ? '' : ({ usd: 'USD', j: 'J', w: 'W' }[suffix] ?? suffix);
}
