interface SvgDocument {
  readonly width: number;
  readonly height: number;
  readonly title: string;
  /** Beside the title, at the right: SVG. */
  readonly keys?: string;
  /** What is drawn: SVG, below the title's 40 pixels. */
  readonly body: string;
}

/**
 * A self-contained SVG: a plot with its title on the panel's colour.
 * @param colorOf the value of a CSS variable
 */
export function svgDocument(
  { width, height, title, keys = '', body }: SvgDocument,
  colorOf: (variable: string) => string,
): string {
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" ` +
    `font-family="system-ui, sans-serif" font-size="12" fill="${colorOf('--text')}">` +
    `<rect width="${width}" height="${height}" fill="${colorOf('--panel')}"/>` +
    `<text x="16" y="24" font-size="15" font-weight="600">${escapeXml(title)}</text>` +
    `<text x="${width - 20}" y="24" text-anchor="end">${keys}</text>${body}</svg>`
  );
}

export const escapeXml = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
