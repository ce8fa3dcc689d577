import { type Legend, scaleSteps } from './color-legend.js';
import { scaleColor } from './color-scale.js';
import { escapeXml } from './svg-document.js';

/** What a legend takes up at the bottom of a picture, in pixels. */
export const legendHeight = 44;

const scaleWidth = 264;
const barHeight = 10;
/** Of a letter, about: a picture cannot measure its text. */
const letterWidth = 7;

/**
 * A legend as SVG.
 * @param x, y its upper left corner
 * @param colorOf the value of a CSS variable
 */
export function legendSvg(
  legend: Legend,
  x: number,
  y: number,
  colorOf: (variable: string) => string,
): string {
  if (legend.kind === 'kinds') {
    let at = x;
    const drawn = legend.kinds.map(({ label, color }) => {
      const begin = at;
      at += 16 + label.length * letterWidth + 18;
      return (
        `<rect x="${begin}" y="${y}" width="${barHeight}" height="${barHeight}" fill="${colorOf(color)}"/>` +
        `<text x="${begin + 16}" y="${y + barHeight}">${escapeXml(label)}</text>`
      );
    });
    return drawn.join('');
  }
  const step = scaleWidth / scaleSteps.length;
  const bar = scaleSteps.map(
    (share, i) =>
      `<rect x="${x + i * step}" y="${y}" width="${step}" height="${barHeight}" fill="${scaleColor(share)}"/>`,
  );
  const texts = [
    [legend.low, 0, 'start'],
    [legend.middle, scaleWidth / 2, 'middle'],
    [legend.high, scaleWidth, 'end'],
  ] as const;
  const drawn = texts.map(
    ([text, across, anchor]) =>
      `<text x="${x + across}" y="${y + barHeight + 15}" text-anchor="${anchor}">${escapeXml(text)}</text>`,
  );
  return `<g shape-rendering="crispEdges">${bar.join('')}</g>${drawn.join('')}`;
}
