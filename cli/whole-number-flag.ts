import { FleetError } from '#protocol';

/**
 * A parser for a flag that is no field of the run configuration and takes a whole number.
 * @throws FleetError CONFIG_INVALID, from the parser, that names flag, value and range
 */
export function wholeNumberFlag(flag: string, low: number, high: number): (text: string) => number {
  return (text) => {
    const value = text.trim() === '' ? Number.NaN : Number(text);
    if (!Number.isInteger(value) || value < low || value > high) {
      throw new FleetError(
        'CONFIG_INVALID',
        `${flag} ${JSON.stringify(text)}: must be a whole number, ${low} to ${high}`,
      );
    }
    return value;
  };
}
