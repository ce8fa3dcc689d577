import type { Preview } from './preview.js';

const left = 64;
const top = 116;
const barWidth = 120;
const cellWidth = 36;

/**
 * The client x label matrix as an SVG image: one row a client, one column a label, the darker the more
 * samples; a bar shows the client's size and its Jensen-Shannon divergence stands beside it.
 */
export function previewSvg(preview: Preview): string {
  const { labels, shares, largest, title, meanPairwiseDistance } = preview;
  const column = Math.max(8, Math.min(cellWidth, Math.round(720 / Math.max(1, labels.length))));
  const row = Math.max(3, Math.min(20, Math.round(1600 / shares.length)));
  const matrix = { width: column * labels.length, height: row * shares.length };
  const width = left + matrix.width + 24 + barWidth + 72;
  const height = top + matrix.height + 56;
  const largestShare = Math.max(1, ...shares.map(({ samples }) => samples));
  const bars = left + matrix.width + 24;
  // Rows of a few pixels have no room for text.
  const every = Math.max(1, Math.ceil(12 / row));
  const parts = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${escaped(title)}">`,
    '<style>text{font:12px system-ui,sans-serif;fill:#1f2430}.title{font-size:16px;font-weight:600}.quiet{fill:#5b6472}.ground{fill:#fff}.cell{fill:#0b5cad}.bar{fill:#8a94a6}.frame{fill:none;stroke:#c6ccd6}',
    '@media(prefers-color-scheme:dark){text{fill:#e6e9ef}.quiet{fill:#9aa4b5}.ground{fill:#14171c}.cell{fill:#6cb8ff}.frame{stroke:#3a414d}}</style>',
    `<rect class="ground" width="${width}" height="${height}"/>`,
    `<text class="title" x="16" y="28">${escaped(title)}</text>`,
    `<text class="quiet" x="16" y="48">mean pairwise distance ${meanPairwiseDistance.toFixed(4)}; largest cell ${largest} samples</text>`,
    ...labels.map(
      (label, k) =>
        `<text x="${left + (k + 0.5) * column}" y="${top - 8}" transform="rotate(-40 ${left + (k + 0.5) * column} ${top - 8})">${escaped(label.slice(0, 10))}</text>`,
    ),
    `<text class="quiet" x="${bars}" y="${top - 8}">samples, JS bits</text>`,
  ];
  for (const [i, { client, samples, labelCounts, heterogeneity }] of shares.entries()) {
    const y = top + i * row;
    if (i % every === 0) {
      const baseline = y + Math.max(row, 12) / 2 + 4;
      const divergence = heterogeneity.jsDivergence?.toFixed(3) ?? '-';
      parts.push(`<text class="quiet" x="${left - 8}" y="${baseline}" text-anchor="end">${client}</text>`);
      parts.push(`<text x="${bars + barWidth + 8}" y="${baseline}">${divergence}</text>`);
    }
    for (const [k, count] of labelCounts.entries()) {
      if (count === 0) continue;
      const opacity = (0.08 + 0.92 * (count / largest)).toFixed(3);
      parts.push(
        `<rect class="cell" x="${left + k * column}" y="${y}" width="${column}" height="${row}" fill-opacity="${opacity}"><title>client ${client}, ${escaped(labels[k] ?? '')}: ${count}</title></rect>`,
      );
    }
    const bar = ((barWidth * samples) / largestShare).toFixed(1);
    parts.push(
      `<rect class="bar" x="${bars}" y="${y + row * 0.2}" width="${bar}" height="${row * 0.6}"><title>client ${client}: ${samples} samples</title></rect>`,
    );
  }
  parts.push(
    `<rect class="frame" x="${left}" y="${top}" width="${matrix.width}" height="${matrix.height}"/>`,
    `<text class="quiet" x="${left}" y="${top + matrix.height + 24}">one row a client, one column a label; the stronger the colour, the more samples</text>`,
    '</svg>',
  );
  return `${parts.join('\n')}\n`;
}

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

function escaped(text: string): string {
  return text.replaceAll(/[&<>"]/g, (character) => entities[character] ?? character);
}
