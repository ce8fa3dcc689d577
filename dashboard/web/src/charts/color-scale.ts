/** Stops of cividis (Nuñez, Anderton and Renslow, 2018), which colour-blind readers see as others do. */
const stops: readonly (readonly [number, number, number])[] = [
  [0, 34, 78],
  [66, 78, 108],
  [124, 123, 120],
  [187, 173, 108],
  [254, 232, 56],
];

/** The colour of a share, 0..1, as CSS. */
export function scaleColor(share: number): string {
  const at = Math.min(1, Math.max(0, share)) * (stops.length - 1);
  const low = Math.min(stops.length - 2, Math.floor(at));
  const [a, b] = [stops[low], stops[low + 1]];
  const part = (i: 0 | 1 | 2): number =>
    Math.round((a?.[i] ?? 0) + ((b?.[i] ?? 0) - (a?.[i] ?? 0)) * (at - low));
  return `rgb(${part(0)} ${part(1)} ${part(2)})`;
}

/** Black or white, whichever reads better on the colour of a share. */
export const inkOn = (share: number): string => (share > 0.45 ? '#101418' : '#ffffff');
