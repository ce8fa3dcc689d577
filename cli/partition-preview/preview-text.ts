import type { ClientShare } from '#protocol';
import type { Preview } from './preview.js';

export interface TextOptions {
  /** Shades as background colours of a 256-colour terminal; else counts alone, or characters where they do not fit. */
  readonly colour: boolean;
  /** Clients shown at most. */
  readonly maxClients: number;
}

// From nothing to the largest count. Plain ASCII, so that they show anywhere.
const shades = [' ', '.', ':', '-', '=', '+', '*', '#', '%', '@'] as const;
const colours = [234, 17, 18, 19, 20, 26, 32, 38, 44, 51] as const;
/** With more labels than this the counts do not fit on a line: shades alone are drawn. */
const maxCounted = 16;

const measureHead = ' samples   size  classes     KL     JS';

/** The client x label matrix with each client's measures, as lines for a terminal. */
export function previewText(preview: Preview, { colour, maxClients }: TextOptions): string {
  const { labels, shares, largest, title, meanPairwiseDistance } = preview;
  const counted = labels.length <= maxCounted;
  const width = counted ? Math.max(6, String(largest).length + 2) : 1;
  const shown = shares.slice(0, maxClients);
  const head = counted ? labels.map((label) => label.slice(0, width - 1).padStart(width)).join('') : '';
  const samples = shares.reduce((sum, share) => sum + share.samples, 0);
  const lines = [
    `${title}: ${samples} samples, ${shares.length} clients, ${labels.length} labels`,
    '',
    `client ${head.padEnd(labels.length * width)}${measureHead}`,
    ...shown.map((share) => `${clientRow(share, largest, width, { colour, counted })}${measures(share)}`),
    ...(shares.length > shown.length
      ? [`… and ${shares.length - shown.length} more; --rows-shown N shows N`]
      : []),
    '',
    `mean pairwise distance of the clients’ labels ${meanPairwiseDistance.toFixed(4)} (0 equal, 1 no label in common)`,
    ...(counted || colour
      ? []
      : [`a character a label: ${shades.slice(1).join('')} from few samples to ${largest}, blank for none`]),
    'size: share of all samples; classes: effective number; KL, JS: divergence from the global mix, bits',
  ];
  return `${lines.join('\n')}\n`;
}

function clientRow(
  { client, labelCounts }: ClientShare,
  largest: number,
  width: number,
  { colour, counted }: { readonly colour: boolean; readonly counted: boolean },
): string {
  const cells = labelCounts.map((count) => {
    const level = count === 0 ? 0 : 1 + Math.floor((count / largest) * (shades.length - 1.001));
    if (!colour) return counted ? String(count).padStart(width) : shades[level];
    const text = counted ? String(count).padStart(width) : ' ';
    return `\u001b[48;5;${colours[level]};38;5;${level > 6 ? 16 : 255}m${text}\u001b[0m`;
  });
  return `${String(client).padStart(6)} ${cells.join('')}`;
}

function measures({ samples, heterogeneity }: ClientShare): string {
  const { sizeShare, effectiveClasses, klDivergence, jsDivergence } = heterogeneity;
  const bits = (value: number | null): string => (value === null ? '-' : value.toFixed(3)).padStart(7);
  const size = `${(100 * sizeShare).toFixed(1)}%`.padStart(7);
  return `${String(samples).padStart(8)}${size}${effectiveClasses.toFixed(2).padStart(9)}${bits(klDivergence)}${bits(jsDivergence)}`;
}
