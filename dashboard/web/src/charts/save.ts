/** What a plot can be saved as. */
export interface Savings {
  readonly csv: () => void;
  readonly svg: () => void;
  readonly png: () => void;
}

/**
 * The ways to save a plot, under a name made of its title.
 * @param svg its drawing, from which the PNG is made too
 * @param csv header and rows of its data
 */
export function plotSavings(
  title: string,
  svg: () => string,
  csv: () => readonly [header: readonly string[], rows: Iterable<readonly unknown[]>],
): Savings {
  const name = title.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-');
  return {
    csv: () => saveText(`${name}.csv`, 'text/csv', csvText(...csv())),
    svg: () => saveText(`${name}.svg`, 'image/svg+xml', svg()),
    png: () => void savePng(`${name}.png`, svg()),
  };
}

/** Offers a file to the user's browser. */
function saveFile(name: string, content: Blob): void {
  const url = URL.createObjectURL(content);
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  // The browser reads it after the click.
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

export function saveText(name: string, type: string, text: string): void {
  saveFile(name, new Blob([text], { type }));
}

/** Rows as CSV (RFC 4180); null and undefined are empty. */
export function csvText(header: readonly string[], rows: Iterable<readonly unknown[]>): string {
  const cell = (value: unknown): string => {
    if (value === null || value === undefined) return '';
    const text = typeof value === 'object' ? JSON.stringify(value) : String(value);
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  const lines = [header, ...rows].map((row) => row.map(cell).join(','));
  return `${lines.join('\r\n')}\r\n`;
}

/** Saves an SVG as a PNG, twice as many pixels as its size, to be sharp in print. */
async function savePng(name: string, svg: string): Promise<void> {
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}`;
  await image.decode();
  const canvas = document.createElement('canvas');
  canvas.width = image.width * 2;
  canvas.height = image.height * 2;
  canvas.getContext('2d')?.drawImage(image, 0, 0, canvas.width, canvas.height);
  canvas.toBlob((blob) => {
    if (blob !== null) saveFile(name, blob);
  }, 'image/png');
}

/** The value of a CSS variable of the page. */
export function cssColor(variable: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(variable).trim();
}
