import { agentName, stateOf } from '../../live/agents.js';
import type { AgentTable } from '../../live/model.js';
import { cellLooks } from './cell-look.js';

/** Pixels between two cells. */
export const cellGap = 3;

export interface CellLayout {
  readonly columns: number;
  /** Of a cell, in pixels. */
  readonly width: number;
  readonly height: number;
  readonly isNamed: boolean;
}

/** The larger the fleet, the smaller its cells. @param width what there is for all, in pixels */
export function layoutOf(count: number, width: number): CellLayout {
  const [cell, height] =
    count <= 60 ? [86, 44] : count <= 400 ? [34, 26] : count <= 2500 ? [20, 20] : [10, 10];
  const columns = Math.max(1, Math.floor((width + cellGap) / (cell + cellGap)));
  return {
    columns,
    width: Math.max(4, (width + cellGap) / columns - cellGap),
    height,
    isNamed: count <= 60,
  };
}

interface Drawing {
  readonly agents: AgentTable;
  readonly order: readonly number[];
  readonly colorBy: string;
  readonly selected: readonly number[];
  readonly hasEnded: boolean;
  readonly layout: CellLayout;
  readonly width: number;
  readonly height: number;
  /** The client that the keyboard is at. */
  readonly kept: number | undefined;
}

/** Draws all cells anew: many times a second, a thousand of them. */
export function drawCells(canvas: HTMLCanvasElement, drawing: Drawing): void {
  const { agents, order, selected, layout, width, height, kept } = drawing;
  const density = window.devicePixelRatio;
  const [pixelWidth, pixelHeight] = [Math.round(width * density), Math.round(height * density)];
  // Setting a size, even the same, makes the canvas anew.
  if (canvas.width !== pixelWidth) canvas.width = pixelWidth;
  if (canvas.height !== pixelHeight) canvas.height = pixelHeight;
  const pen = canvas.getContext('2d');
  if (pen === null) return;
  pen.setTransform(density, 0, 0, density, 0, 0);
  pen.clearRect(0, 0, width, height);
  const style = getComputedStyle(canvas);
  const color = (name: string): string => style.getPropertyValue(name).trim();
  const [text, line, warn] = [color('--text'), color('--line'), color('--warn')];
  const [small, bold] = [`11px ${style.fontFamily}`, `600 12px ${style.fontFamily}`];
  const lookOf = cellLooks(drawing, color);
  const chosen = new Set(selected);
  pen.font = small;
  pen.textBaseline = 'middle';
  pen.textAlign = layout.isNamed ? 'left' : 'center';
  for (let index = 0; index < order.length; index++) {
    const client = order[index] ?? 0;
    const x = (index % layout.columns) * (layout.width + cellGap);
    const y = Math.floor(index / layout.columns) * (layout.height + cellGap);
    const { letter, fill, ink, isKnown } = lookOf(client);
    pen.fillStyle = fill;
    pen.fillRect(x, y, layout.width, layout.height);
    if (!isKnown) {
      pen.strokeStyle = line;
      pen.strokeRect(x + 0.5, y + 0.5, layout.width - 1, layout.height - 1);
    }
    pen.fillStyle = ink;
    if (layout.isNamed) {
      pen.font = bold;
      pen.fillText(`${letter} ${agentName(client)}`, x + 7, y + 14);
      pen.font = small;
      pen.fillText(stateOf(agents, client), x + 7, y + 31);
    } else if (layout.height >= 16) {
      pen.fillText(letter, x + layout.width / 2, y + layout.height / 2 + 1);
    }
    if (agents.failReasons[client] !== undefined) {
      pen.fillStyle = warn;
      pen.beginPath();
      pen.moveTo(x + layout.width, y);
      pen.lineTo(x + layout.width, y + 9);
      pen.lineTo(x + layout.width - 9, y);
      pen.fill();
    }
    if (chosen.has(client) || client === kept) {
      pen.lineWidth = 2;
      pen.strokeStyle = text;
      pen.strokeRect(x + 1, y + 1, layout.width - 2, layout.height - 2);
      pen.lineWidth = 1;
    }
  }
}
