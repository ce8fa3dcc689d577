import { agentName, stateOf } from '../../live/agents.js';
import type { AgentTable } from '../../live/model.js';
import { type CellLook, cellLooks } from './cell-look.js';

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

/**
 * Draws the cells on a canvas, many times a second, a thousand of them: those that look as they did are
 * left as they are.
 */
export class CellPainter {
  readonly #canvas: HTMLCanvasElement;
  /** What all cells have in common, and each cell's own, as they were drawn. */
  #ground = '';
  #cells: string[] = [];

  constructor(canvas: HTMLCanvasElement) {
    this.#canvas = canvas;
  }

  paint(drawing: Drawing): void {
    const { agents, order, selected, layout, width, height, kept } = drawing;
    const canvas = this.#canvas;
    const pen = canvas.getContext('2d');
    if (pen === null) return;
    const density = window.devicePixelRatio;
    const style = getComputedStyle(canvas);
    const color = (name: string): string => style.getPropertyValue(name).trim();
    const ink: Ink = {
      text: color('--text'),
      line: color('--line'),
      warn: color('--warn'),
      small: `11px ${style.fontFamily}`,
      bold: `600 12px ${style.fontFamily}`,
    };
    const ground = JSON.stringify([layout, width, height, density, order.length, ink]);
    if (ground !== this.#ground) {
      this.#ground = ground;
      this.#cells = [];
      // Setting a size clears the canvas.
      canvas.width = Math.round(width * density);
      canvas.height = Math.round(height * density);
    }
    pen.setTransform(density, 0, 0, density, 0, 0);
    pen.textBaseline = 'middle';
    pen.textAlign = layout.isNamed ? 'left' : 'center';
    pen.font = ink.small;
    const lookOf = cellLooks(drawing, color);
    const chosen = new Set(selected);
    for (let index = 0; index < order.length; index++) {
      const client = order[index] ?? 0;
      const cell: Cell = {
        client,
        look: lookOf(client),
        state: stateOf(agents, client),
        hasFailed: agents.failReasons[client] !== undefined,
        isMarked: chosen.has(client) || client === kept,
      };
      const { look } = cell;
      const drawn = `${client} ${cell.state} ${look.fill} ${look.ink} ${cell.hasFailed} ${cell.isMarked}`;
      if (drawn === this.#cells[index]) continue;
      this.#cells[index] = drawn;
      const x = (index % layout.columns) * (layout.width + cellGap);
      const y = Math.floor(index / layout.columns) * (layout.height + cellGap);
      drawCell(pen, cell, { x, y }, layout, ink);
    }
  }
}

/** Colours and fonts that all cells share. */
interface Ink {
  readonly text: string;
  readonly line: string;
  readonly warn: string;
  readonly small: string;
  readonly bold: string;
}

interface Cell {
  readonly client: number;
  readonly look: CellLook;
  readonly state: string;
  readonly hasFailed: boolean;
  /** Selected, or where the keyboard is. */
  readonly isMarked: boolean;
}

function drawCell(
  pen: CanvasRenderingContext2D,
  { client, look, state, hasFailed, isMarked }: Cell,
  { x, y }: { readonly x: number; readonly y: number },
  { width, height, isNamed }: CellLayout,
  { text, line, warn, small, bold }: Ink,
): void {
  // With the edges that lie between two pixels.
  pen.clearRect(x - 1, y - 1, width + 2, height + 2);
  pen.fillStyle = look.fill;
  pen.fillRect(x, y, width, height);
  if (!look.isKnown) {
    pen.strokeStyle = line;
    pen.strokeRect(x + 0.5, y + 0.5, width - 1, height - 1);
  }
  pen.fillStyle = look.ink;
  if (isNamed) {
    pen.font = bold;
    pen.fillText(`${look.letter} ${agentName(client)}`, x + 7, y + 14);
    pen.font = small;
    pen.fillText(state, x + 7, y + 31);
  } else if (height >= 16) {
    pen.fillText(look.letter, x + width / 2, y + height / 2 + 1);
  }
  if (hasFailed) {
    pen.fillStyle = warn;
    pen.beginPath();
    pen.moveTo(x + width, y);
    pen.lineTo(x + width, y + 9);
    pen.lineTo(x + width - 9, y);
    pen.fill();
  }
  if (isMarked) {
    pen.lineWidth = 2;
    pen.strokeStyle = text;
    pen.strokeRect(x + 1, y + 1, width - 2, height - 2);
    pen.lineWidth = 1;
  }
}
