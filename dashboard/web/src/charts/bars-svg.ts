import { escapeXml, svgDocument } from './svg-document.js';

interface BarsPicture {
  readonly title: string;
  readonly counts: readonly number[];
  /** Texts below the bars, spread evenly: one a bar, or one an end. */
  readonly labels: readonly string[];
}

const [width, height] = [840, 420];
const box = { left: 40, top: 56, right: 820, bottom: 380 };

/**
 * Counts as bars, as a self-contained SVG.
 * @param colorOf the value of a CSS variable
 */
export function barsSvg(
  { title, counts, labels }: BarsPicture,
  colorOf: (variable: string) => string,
): string {
  const most = counts.reduce((high, count) => Math.max(high, count), 1);
  const step = (box.right - box.left) / Math.max(1, counts.length);
  const bars = counts.map((count, i) => {
    const tall = (count / most) * (box.bottom - box.top);
    return `<rect x="${box.left + i * step}" y="${box.bottom - tall}" width="${step - 2}" height="${tall}"><title>${count}</title></rect>`;
  });
  const isOneEach = labels.length === counts.length;
  const texts = labels.map((label, i) => {
    const share = isOneEach ? (i + 0.5) / labels.length : i / Math.max(1, labels.length - 1);
    const anchor = isOneEach ? 'middle' : share === 0 ? 'start' : 'end';
    return `<text x="${box.left + share * (box.right - box.left)}" y="${box.bottom + 18}" text-anchor="${anchor}">${escapeXml(label)}</text>`;
  });
  const body =
    `<text x="${box.left}" y="${box.top - 6}">${most}</text>` +
    `<g fill="${colorOf('--accent')}">${bars.join('')}</g>${texts.join('')}`;
  return svgDocument({ width, height, title, body }, colorOf);
}
